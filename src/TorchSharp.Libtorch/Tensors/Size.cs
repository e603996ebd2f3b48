using System.Collections;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A shape.</summary>
    public struct Size : IEnumerable<long>
    {
        public static Size Empty = new(Array.Empty<long>());
        readonly long[] shape;

        public Size(long[] shape) => this.shape = [.. shape];
        public Size(IEnumerable<long> shape) => this.shape = [.. shape];
        public Size(int[] shape) => this.shape = Long(shape);
        public Size(long size) => shape = [size];
        public Size((long, long) size) => shape = [size.Item1, size.Item2];
        public Size((long, long, long) size) => shape = List(size);
        public Size((long, long, long, long) size) => shape = List(size);
        public Size((long, long, long, long, long) size) => shape = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5];
        public Size((long, long, long, long, long, long) size) =>
            shape = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5, size.Item6];

        public Size(int size) => shape = [size];
        public Size((int, int) size) => shape = [size.Item1, size.Item2];
        public Size((int, int, int) size) => shape = [size.Item1, size.Item2, size.Item3];
        public Size((int, int, int, int) size) => shape = [size.Item1, size.Item2, size.Item3, size.Item4];
        public Size((int, int, int, int, int) size) => shape = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5];
        public Size((int, int, int, int, int, int) size) =>
            shape = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5, size.Item6];

        public readonly long[] Shape => shape;

        public readonly int Length => shape.Length;

        public readonly bool IsEmpty => shape.Length == 0;

        public readonly bool IsScalar => shape.Length == 0;

        public readonly long this[int idx] => shape[idx];

        public readonly long this[long idx] => shape[idx];

        public readonly long numel() => shape.TotalSize();

        public readonly Size Slice(int first, int next) => new(shape[first..next]);

        public readonly IEnumerable<long> Take(int i) => shape.Take(i);

        public readonly IEnumerator<long> GetEnumerator() => shape.AsEnumerable().GetEnumerator();

        readonly IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override readonly bool Equals(object? obj) => obj is Size size && shape.SequenceEqual(size.shape);

        public override readonly int GetHashCode() => shape.Aggregate(0, HashCode.Combine);

        public static bool operator ==(Size left, Size right) => left.Equals(right);
        public static bool operator !=(Size left, Size right) => !left.Equals(right);
        public static Size operator +(Size left, Size right) => new([.. left.shape, .. right.shape]);
        public static Size operator +(Size left, IEnumerable<long> right) => new([.. left.shape, .. right]);

        public static implicit operator Size(long size) => new(size);
        public static implicit operator Size((long, long) size) => new(size);
        public static implicit operator Size((long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long, long, long) size) => new(size);
        public static implicit operator Size(long[] size) => new(size);
    }
}

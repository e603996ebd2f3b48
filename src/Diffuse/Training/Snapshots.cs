using System.Globalization;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>
/// The folder <c>snapshots</c> of a run: averages of the weights over two lengths, in half precision, stored now and then during training, from which the
/// average over any other length is put together afterwards. See <see cref="PowerAverage"/>.
/// </summary>
internal sealed class Snapshots(string path)
{
    private const string Extension = ".safetensors";

    /// <summary>sigma_rel of the two averages that are followed, as published.</summary>
    public static IReadOnlyList<double> Lengths { get; } = [0.05, 0.10];

    /// <summary>The images after which one was stored, ascending.</summary>
    public IReadOnlyList<long> Times => [.. NumberedFiles.In(path, Extension).Select(file => file.Images)];

    /// <param name="averages">The parameters by name in each of the averages.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public void Write(long images, IReadOnlyList<IEnumerable<KeyValuePair<string, Tensor>>> averages)
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(path);
        var beside = FileOf(images) + ".new";
        Durable.Write(beside, file => SafetensorsWriter.Write(file, averages.SelectMany((average, i) => average
            .Select(named => KeyValuePair.Create(NameOf(Lengths[i], named.Key), named.Value.to(ScalarType.Float16))))));
        File.Move(beside, FileOf(images), overwrite: true);
    }

    /// <summary>Drops those of a future that training does not go on from.</summary>
    public void ClearAfter(long images)
    {
        foreach (var later in Times.Where(time => time > images))
        {
            File.Delete(FileOf(later));
        }
    }

    /// <summary>Puts the average of a length, at the time of the last snapshot, into parameters.</summary>
    /// <param name="parameters">By name.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or of another model.</exception>
    public void Load(double length, IReadOnlyList<KeyValuePair<string, Tensor>> parameters)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var times = Times;
        var stored = times.SelectMany(time => Lengths.Select(own => (Length: own, Time: time))).ToList();
        var shares = PowerAverage.Shares(
            [.. stored.Select(one => (PowerAverage.Exponent(one.Length), (double)one.Time))], (PowerAverage.Exponent(length), times[^1]));
        parameters.ToList().ForEach(named => named.Value.zero_());
        foreach (var (time, part) in stored.Zip(shares).GroupBy(one => one.First.Time).Select(group => (group.Key, group.ToList())))
        {
            using var file = SafetensorsFile.Open(FileOf(time));
            foreach (var (name, parameter) in parameters)
            {
                using var inner = NewDisposeScope();
                foreach (var (one, share) in part)
                {
                    var values = zeros_like(parameter);
                    file.ReadInto(NameOf(one.Length, name), values);
                    parameter.add_(values, alpha: share);
                }
            }
        }
    }

    private string FileOf(long images) => Path.Combine(path, NumberedFiles.Name(images, Extension));

    private static string NameOf(double length, string parameter) => string.Create(CultureInfo.InvariantCulture, $"{length:0.00}/{parameter}");
}

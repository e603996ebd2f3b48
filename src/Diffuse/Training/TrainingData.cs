using Diffuse.Data;

namespace Diffuse.Training;

/// <summary>What the trainer asks of the data.</summary>
/// <param name="Batches">
/// (start, size) to the endless batches of the training order from image number start on, counted over all epochs. They are taken on the
/// calling thread, one by one; the tensors of each belong to the dispose scope in which it was taken.
/// </param>
/// <param name="HeldOut">Size to the images that are held out of training, in a fixed order, once through; empty where none are.</param>
/// <param name="Name">The name of the image with this number in its source, for messages.</param>
public sealed record TrainingData(
    Func<long, int, IEnumerable<Batch>> Batches, Func<int, IEnumerable<Batch>> HeldOut, Func<int, string> Name);

namespace Diffuse.Training;

/// <summary>Draws the grids of samples that show how training goes; the trainer knows of no sampler.</summary>
public interface IPreview
{
    /// <summary>How many images the network sees for one grid: images x steps, twice that with guidance. For the estimate of the time.</summary>
    long Evaluations { get; }

    /// <summary>Draws from the weights as they are, the same noise every time, into a PNG file. Called in evaluation mode, without gradients.</summary>
    /// <exception cref="OperationCanceledException">The user asked to stop, and the grid is not drawn.</exception>
    void Draw(string path, CancellationToken stop);
}

namespace Diffuse.Networks;

/// <summary>log p(class | x_t) up to a constant: a network whose output is logits [N, K].</summary>
public abstract class Classifier(string name) : Network(name)
{
    public abstract int Classes { get; }
}

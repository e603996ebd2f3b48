using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Tests.Configuration;

/// <summary>A config with one of everything that the reader knows, and names that no real section has.</summary>
internal sealed record Menu
{
    public string Title { get; init; } = "lunch";

    [Range(1, 64)]
    public int Guests { get; init; } = 4;

    public long Seed { get; init; }

    public bool Outdoors { get; init; }

    public Season Season { get; init; } = Season.EarlySpring;

    public ImageCount Napkins { get; init; } = new(12_000);

    [Range(0, 1, MinimumIsExclusive = true)]
    public double? Discount { get; init; }

    public string? Note { get; init; }

    [ConfigPath]
    public string? Recipes { get; init; }

    [Range(1, int.MaxValue)]
    [MinLength(1)]
    public IReadOnlyList<int> Prices { get; init; } = [3, 5];

    public string[] Guard { get; init; } = [];

    public Dish Starter { get; init; } = new Soup { Spoons = 2 };

    public IReadOnlyList<Dish> Mains { get; init; } = [];

    public Kitchen Kitchen { get; init; } = new();

    /// <summary>No key: it cannot be set.</summary>
    public int Spoons => (Starter as Soup)?.Spoons ?? 0;
}

internal enum Season
{
    EarlySpring,
    Summer,
}

internal abstract record Dish
{
    [Range(0, 100)]
    public double Salt { get; init; } = 0.5;
}

[Kind("soup")]
internal sealed record Soup : Dish
{
    [Range(1, 9)]
    public int Spoons { get; init; } = 1;
}

[Kind("hot-salad")]
internal sealed record HotSalad : Dish
{
    public double Vinegar { get; init; } = 0.00001;

    public Dressing Dressing { get; init; } = new Plain();
}

internal abstract record Dressing;

[Kind("plain")]
internal sealed record Plain : Dressing;

[Kind("oil")]
internal sealed record Oil : Dressing
{
    public Spread Range { get; init; } = new();
}

internal sealed record Spread : IValidatableObject
{
    public double From { get; init; } = 1;

    public double To { get; init; } = 2;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        From < To ? [] : [new ValidationResult("allowed: less than to", [nameof(From)])];
}

internal sealed record Kitchen
{
    public TrainingDuration Open { get; init; } = TrainingDuration.Of(TimeSpan.FromMinutes(25));

    [Range(0, double.MaxValue)]
    public double Heat { get; init; } = 180;
}

internal sealed record Order
{
    [Required]
    public string Dish { get; init; } = "";

    [Range(1, 9)]
    public int Portions { get; init; } = 1;
}

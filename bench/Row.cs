using System.Text.Json.Serialization;

namespace Sluice.Bench;

/// <summary>What a row's value is compared with, measured in the same run.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value, in the row's unit.</param>
internal sealed record Peer(string Name, double Value);

/// <summary>One measured claim.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Work">What was measured.</param>
/// <param name="Value">The value.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Peer">The peer; null where there is none.</param>
internal sealed record Row(string Id, string Work, double Value, string Unit, Peer? Peer = null)
{
    /// <summary>What the value may be at most, or has to be at least; null for a row that only informs.</summary>
    public double? Budget { get; init; }

    /// <summary>True where more is better.</summary>
    public bool AtLeast { get; init; }

    /// <summary>What the value may be at most as a part of the peer's.</summary>
    public double? MostRatio { get; init; }

    /// <summary>How it was measured, and what else was seen.</summary>
    public string Note { get; init; } = "";

    /// <summary>Value by the peer's.</summary>
    public double? Ratio => Peer is { Value: > 0 } peer ? Value / peer.Value : null;

    /// <summary>True where the budget is kept; a value that could not be measured keeps none.</summary>
    public bool Ok => !double.IsNaN(Value) && (Budget is not { } budget || (AtLeast ? Value >= budget : Value <= budget)) && (MostRatio is not { } most || Ratio <= most);

    /// <summary>A row whose measurement failed.</summary>
    public static Row Failed(string id, Exception failure) => new(id, "could not be measured", double.NaN, "") { Note = failure.Message.Split('\n')[0] };

    /// <summary>The budget in words.</summary>
    [JsonIgnore]
    public string BudgetText => string.Join(", ", new[]
    {
        Budget is { } budget ? $"{(AtLeast ? ">= " : "<= ")}{Numbers.Short(budget)} {Unit}" : null,
        MostRatio is { } most ? $"ratio <= {Numbers.Short(most)}" : null,
    }.Where(text => text is not null));
}

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>How a column looks.</summary>
/// <param name="Column">Which one.</param>
/// <param name="Head">In the head of the table.</param>
/// <param name="Says">What it is, in words.</param>
/// <param name="Style">The classes of its head.</param>
/// <param name="Width">How wide it is where the table is wider than its place, in CSS pixels.</param>
/// <param name="Title">What its values mean, where the head alone does not say it.</param>
public sealed record FleetColumnLook(FleetColumn Column, string Head, string Says, string Style, int Width, string? Title = null)
{
    /// <summary>As it stands in the URL.</summary>
    public string Name { get; } = Column.ToString().ToLowerInvariant();

    /// <summary>Left out where the page is narrow and nobody chose it; the stylesheet does so until the script of the table has told the width.</summary>
    public bool OnlyWide { get; } = Style.EndsWith("c-mid", StringComparison.Ordinal);
}

/// <summary>All columns that the list can show.</summary>
public static class FleetColumns
{
    /// <summary>In the order of the menu.</summary>
    public static readonly IReadOnlyList<FleetColumnLook> All =
    [
        new(FleetColumn.Name, "Pipeline", "name", "f-name", 220),
        new(FleetColumn.Health, "Health", "health, worst first", "f-health", 104, "does it work?"),
        new(FleetColumn.Cause, "Cause", "cause", "f-cause", 260, "why health or sync is not good"),
        new(FleetColumn.Sync, "Sync", "sync", "f-sync", 100, "is what runs in step with what was asked for?"),
        new(FleetColumn.Phase, "Phase", "phase", "f-phase", 120, "what is being done to it now"),
        new(FleetColumn.Checkpoint, "Ckpt age", "age of the last checkpoint", "num f-age", 76, "age of the last completed checkpoint"),
        new(FleetColumn.Restarts, "Restarts", "restarts", "num f-n", 68, "how often the job restarted"),
        new(FleetColumn.Started, "Up", "how long the job runs", "num f-age", 76, "how long the job runs since its last start"),
        new(FleetColumn.Parallelism, "Par.", "parallelism", "num f-short c-mid", 48, "parallelism"),
        new(FleetColumn.Flink, "Flink", "Flink version", "f-short c-mid", 52, "Flink version"),
        new(FleetColumn.Image, "Image", "image", "f-image", 220),
        new(FleetColumn.Revision, "Rev.", "revision", "num f-short c-mid", 48, "revision"),
        new(FleetColumn.Team, "Team", "team", "f-team", 110),
        new(FleetColumn.Cluster, "Cluster", "cluster", "f-cluster", 110),
        new(FleetColumn.Kind, "Kind", "kind", "f-kind c-mid", 100),
    ];

    private static readonly FleetColumnLook[] ByColumn = [.. Enum.GetValues<FleetColumn>().Select(column => All.Single(look => look.Column == column))];

    public static FleetColumnLook Of(FleetColumn column) => ByColumn[(int)column];

    public static bool TryParse(string name, out FleetColumn column)
    {
        column = All.FirstOrDefault(look => look.Name == name)?.Column ?? default;
        return Of(column).Name == name;
    }
}

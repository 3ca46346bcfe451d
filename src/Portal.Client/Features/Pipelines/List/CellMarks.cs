using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>The cells that can be marked as changed.</summary>
[Flags]
public enum Cells
{
    None = 0,
    Health = 1,
    Cause = 2,
    Sync = 4,
    Phase = 8,
    Restarts = 16,
    Parallelism = 32,
    Flink = 64,
    Revision = 128,
    Team = 256,
}

/// <summary>Remembers for a few seconds which visible cells changed.</summary>
public sealed class CellMarks
{
    /// <summary>Until the page's next beat after this long.</summary>
    public static readonly TimeSpan Shown = TimeSpan.FromSeconds(4);

    private readonly Dictionary<PipelineKey, (Cells Cells, DateTimeOffset At)> _marks = [];

    public Cells Of(PipelineKey key, DateTimeOffset now) => _marks.TryGetValue(key, out var mark) && now - mark.At < Shown ? mark.Cells : Cells.None;

    public void Note(PipelineRow before, PipelineRow after, DateTimeOffset now)
    {
        foreach (var (key, mark) in _marks)
            if (now - mark.At >= Shown) _marks.Remove(key);
        var cells = Compare(before, after);
        if (cells != Cells.None) _marks[after.Key] = (Of(after.Key, now) | cells, now);
    }

    public void Clear() => _marks.Clear();

    /// <summary>False where the newer row looks as the older one does: operators write much that no column shows.</summary>
    public static bool Differ(PipelineRow a, PipelineRow b) => a.LastCheckpointAt != b.LastCheckpointAt || IsNews(a, b);

    /// <summary>True where more differs than the age of the last checkpoint, which every healthy job changes all the time: that is drawn with the page's other ages.</summary>
    public static bool IsNews(PipelineRow a, PipelineRow b) =>
        a.State != b.State || a.Operation != b.Operation || a.StaleSince != b.StaleSince || a.Restarts != b.Restarts
        || a.Team != b.Team || a.Kind != b.Kind || a.Revision != b.Revision || a.WrongSince != b.WrongSince || Differ(a.Resource, b.Resource);

    private static bool Differ(FlinkResourceRecord a, FlinkResourceRecord b) =>
        !ReferenceEquals(a, b)
        && (a.Parallelism != b.Parallelism || a.FlinkVersion != b.FlinkVersion || a.Image != b.Image || a.Uid != b.Uid || a.JobStartedAt != b.JobStartedAt || a.UpgradeMode != b.UpgradeMode
            || a.DeploymentName != b.DeploymentName || !Same(a.Labels, b.Labels));

    private static bool Same(IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) =>
        ReferenceEquals(a, b) || (a.Count == b.Count && a.All(label => b.TryGetValue(label.Key, out var value) && value == label.Value));

    private static Cells Compare(PipelineRow before, PipelineRow after) =>
        If(FleetFacets.HealthOf(before) != FleetFacets.HealthOf(after), Cells.Health)
        | If(before.State.Cause != after.State.Cause, Cells.Cause)
        | If(before.State.Sync != after.State.Sync, Cells.Sync)
        | If(before.State.Phase != after.State.Phase || before.Operation != after.Operation, Cells.Phase)
        | If(before.Restarts != after.Restarts, Cells.Restarts)
        | If(before.Resource.Parallelism != after.Resource.Parallelism, Cells.Parallelism)
        | If(before.Resource.FlinkVersion != after.Resource.FlinkVersion, Cells.Flink)
        | If(before.Revision != after.Revision, Cells.Revision)
        | If(before.Team != after.Team, Cells.Team);

    private static Cells If(bool changed, Cells cell) => changed ? cell : Cells.None;
}

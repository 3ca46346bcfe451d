using System.Globalization;
using Microsoft.AspNetCore.Components;
using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>One checkpoint by vertex and by subtask.</summary>
public sealed partial class CheckpointDrill
{
    private const int Most = 60;

    private Checkpoint? _checkpoint;
    private CheckpointVertex? _vertex;
    private string? _readVertex;

    [Parameter, EditorRequired] public PipelineRow Row { get; set; } = null!;

    [Parameter] public string? JobId { get; set; }

    [Parameter, EditorRequired] public Checkpoint Listed { get; set; } = null!;

    [Parameter] public string? VertexId { get; set; }

    [Parameter] public IReadOnlyDictionary<string, string> Names { get; set; } = new Dictionary<string, string>();

    /// <summary>A finished checkpoint does not change any more.</summary>
    protected override TimeSpan Interval => Listed.State == "IN_PROGRESS" || _checkpoint is null ? TimeSpan.FromSeconds(2) : TimeSpan.FromMinutes(5);

    protected override void OnParametersSet()
    {
        if (_readVertex == VertexId) return;
        _vertex = null;
        ReloadNow();
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (JobId is not { } job) return;
        var manager = JobManagers.JobManager(Row);
        _checkpoint = await manager.CheckpointAsync(job, Listed, cancellationToken);
        var vertex = VertexId;
        _vertex = vertex is not null && _checkpoint.Vertices.ContainsKey(vertex) ? await manager.CheckpointVertexAsync(job, Listed, vertex, cancellationToken) : null;
        _readVertex = vertex;
    }

    private string NameOf(string id) => Names.GetValueOrDefault(id, id);

    private string Href(string vertex)
    {
        var tab = PipelineTabs.Href(Row.Key, PipelineTab.Checkpoints);
        return $"{tab}{(tab.Contains('?', StringComparison.Ordinal) ? '&' : '?')}checkpoint={Listed.Id}&vertex={vertex}";
    }

    /// <summary>Start delay, alignment, synchronous and asynchronous part, as shares of the slowest subtask's time.</summary>
    private IEnumerable<(string X, string Width, string Style)> Segments(CheckpointSubtask s)
    {
        var whole = _vertex!.Subtasks.Max(x => (x.StartDelay + x.Alignment + x.Sync + x.Async) ?? x.Duration ?? TimeSpan.Zero);
        if (whole <= TimeSpan.Zero) yield break;
        var at = 0.0;
        foreach (var (span, style) in new[] { (s.StartDelay, "seg-delay"), (s.Alignment, "seg-align"), (s.Sync, "seg-sync"), (s.Async, "seg-async") })
        {
            if (span is not { } length || length <= TimeSpan.Zero) continue;
            var share = length / whole * 100;
            yield return (Percent(at), Percent(share), style);
            at += share;
        }
    }

    private static string Spoken(CheckpointSubtask s) =>
        $"start delay {Of(s.StartDelay)}, alignment {Of(s.Alignment)}, sync {Of(s.Sync)}, async {Of(s.Async)}";

    private static string Of(TimeSpan? span) => span is { } s ? Format.Words(s) : "not known";

    private static string Percent(double value) => value.ToString("0.##", CultureInfo.InvariantCulture) + "%";
}

using Microsoft.AspNetCore.Components;
using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>The checkpoints of the running job, as they complete.</summary>
public sealed partial class CheckpointsTab
{
    private CheckpointStatistics? _statistics;
    private CheckpointConfig? _config;
    private CheckpointSafety _safety = CheckpointSafety.NotKnown;
    private Checkpoint? _selected;
    private Checkpoint? _kept;
    private string? _jobId;
    private IReadOnlyDictionary<string, string> _names = new Dictionary<string, string>();

    [Parameter, EditorRequired] public PipelineRow Row { get; set; } = null!;

    [Parameter] public long? CheckpointId { get; set; }

    [Parameter] public string? VertexId { get; set; }

    /// <summary>A checkpoint is to be on screen within five seconds of completing; the JobManager's own answer is up to three seconds old.</summary>
    protected override TimeSpan Interval => TimeSpan.FromSeconds(1.5);

    private string? Counts => _statistics is { } s
        ? $"{Format.Count(s.Completed ?? 0)} completed, {Format.Count(s.Failed ?? 0)} failed, {Format.Count(s.InProgress ?? 0)} in progress since the JobManager started"
        : null;

    protected override void OnParametersSet() => Select();

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var manager = JobManagers.JobManager(Row);
        var id = Row.Resource.DesiredState == "suspended" ? null : await manager.JobIdAsync(Row, cancellationToken);
        if (id is null)
        {
            (_statistics, _config, _jobId) = (null, null, null);
            _safety = CheckpointSafety.NoJob;
            return;
        }

        if (id != _jobId)
        {
            // Names and settings belong to a job and stay as long as it runs.
            _config = await manager.CheckpointConfigAsync(id, cancellationToken);
            _names = (await manager.JobAsync(id, cancellationToken)).Vertices.ToDictionary(v => v.Id, v => v.Name);
            _jobId = id;
        }

        _statistics = await manager.CheckpointsAsync(id, cancellationToken);
        _safety = CheckpointSafety.Of(_statistics, _config, Time.GetUtcNow());
        Select();
    }

    /// <summary>A checkpoint that was opened stays open when it falls out of the JobManager's list.</summary>
    private void Select()
    {
        var listed = CheckpointId is { } id ? _statistics?.History.FirstOrDefault(c => c.Id == id) : null;
        if (listed is null && VertexId is not null && CheckpointId is null) listed = _statistics?.History.FirstOrDefault(c => c.State == "COMPLETED");
        _selected = listed ?? (_kept is { } kept && (kept.Id == CheckpointId || (CheckpointId is null && VertexId is not null)) ? kept : null);
        if (VertexId is not null && CheckpointId is null && _kept is not null) _selected = _kept;
        _kept = _selected;
    }

    private string Href(long id)
    {
        var tab = PipelineTabs.Href(Row.Key, PipelineTab.Checkpoints);
        return $"{tab}{(tab.Contains('?', StringComparison.Ordinal) ? '&' : '?')}checkpoint={id}{(VertexId is null ? "" : $"&vertex={VertexId}")}";
    }
}

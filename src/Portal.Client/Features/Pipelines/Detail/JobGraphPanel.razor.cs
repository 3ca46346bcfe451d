using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>The job graph with the load of each vertex; the edges are drawn by a script that measures where the boxes are.</summary>
public sealed partial class JobGraphPanel : IAsyncDisposable
{
    private ElementReference _element;
    private IJSObjectReference? _edges;
    private JobGraphView? _view;
    private JobPlan? _lastPlan;
    private string? _drawn;

    [Parameter, EditorRequired] public PipelineRow Row { get; set; } = null!;

    protected override TimeSpan Interval => TimeSpan.FromSeconds(4);

    private string? Hint => _view is null ? null : $"{Format.Plural(_view.Columns.Sum(c => c.Count), "vertex", "vertices")}, {Format.Plural(_view.Subtasks, "subtask")}";

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var manager = JobManagers.JobManager(Row);
        if (Row.Resource.DesiredState == "suspended" || await manager.JobIdAsync(Row, cancellationToken) is not { } id)
        {
            _view = null;
            return;
        }

        var job = await manager.JobAsync(id, cancellationToken);
        // A job that waits for slots has no plan: the last one seen is still true.
        if (job.Plan.Nodes.Count > 0) _lastPlan = job.Plan;
        else if (_lastPlan is not null) job = job with { Plan = _lastPlan };
        var loads = await Task.WhenAll(job.Vertices.Select(async v => (v.Id, Load: await LoadOfAsync(manager, id, v.Id, cancellationToken))));
        _view = JobGraphView.Of(job, loads.Where(l => l.Load is not null).ToDictionary(l => l.Id, l => l.Load!));
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_view is null) return;
        var shape = string.Join(';', _view.Columns.Select(c => string.Join(',', c.Select(v => $"{v.Vertex.Id}>{string.Join('+', v.To)}:{v.Load?.Backpressured >= 0.1}"))));
        if (shape == _drawn) return;
        _drawn = shape;
        _edges ??= await Js.InvokeAsync<IJSObjectReference>("import", "./_content/Sluice.Portal.Client/js/graph.js");
        await _edges.InvokeVoidAsync("draw", _element);
    }

    private static async Task<VertexLoad?> LoadOfAsync(IJobManager manager, string job, string vertex, CancellationToken cancellationToken)
    {
        try
        {
            return VertexLoad.Of(await manager.AggregatesAsync(AggregateScope.Subtasks(job, vertex), VertexLoad.Metrics, cancellationToken));
        }
        catch (FlinkException)
        {
            // The graph is worth showing without the load; the box says that there are no metrics.
            return null;
        }
    }

    /// <summary>The first operator of the chain, and how many follow; the whole name is in the title.</summary>
    private static string Short(string name)
    {
        var parts = name.Split(" -> ");
        var first = parts[0].Length > 60 ? $"{parts[0][..59]}…" : parts[0];
        return parts.Length == 1 ? first : $"{first} → {(parts.Length == 2 && parts[1].Length <= 30 ? parts[1] : $"{parts.Length - 1} more")}";
    }

    private static string Rate(VertexView v) => v.Role.StartsWith("source", StringComparison.Ordinal)
        ? v.Load?.OutPerSecond is { } o ? $"{Format.Large(o)}/s out" : "rate not known"
        : v.Load?.InPerSecond is { } i ? $"{Format.Large(i)}/s in" : "rate not known";

    private static string Percent(double? share, string gap = "") => $"{Math.Clamp((share ?? 0) * 100, 0, 100).ToString("0", CultureInfo.InvariantCulture)}{gap}%";

    public async ValueTask DisposeAsync()
    {
        Dispose();
        await _edges.DisposeQuietlyAsync();
    }
}

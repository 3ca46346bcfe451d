using Microsoft.AspNetCore.Components;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>The logs of the pipeline's pods: one container at a time, followed and searched.</summary>
public sealed partial class LogsTab
{
    private const int Shown = 800;

    /// <summary>Lines are put on screen together: a container may write thousands a second.</summary>
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(250);

    private readonly LogBuffer _buffer = new();
    private IReadOnlyList<PodContainer> _containers = [];
    private IReadOnlyList<LogLine> _shown = [];
    private CancellationTokenSource? _stream;
    private string? _chosen;
    private string? _problem;
    private string _search = "";
    private int _matching;
    private bool _follow = true;
    private bool _previous;
    private bool _reading;

    [Parameter, EditorRequired] public PipelineRow Row { get; set; } = null!;

    /// <summary>A pod that a link names.</summary>
    [Parameter] public string? Pod { get; set; }

    protected override TimeSpan Interval => TimeSpan.FromSeconds(5);

    private string? Hint => _containers.Count == 0 ? null : Format.Plural(_containers.Count, "container");

    private string Counts
    {
        get
        {
            var dropped = _buffer.Dropped > 0 ? $", the oldest {Format.Count(_buffer.Dropped)} no longer kept" : "";
            var cut = _matching > _shown.Count ? $", the newest {Format.Count(_shown.Count)} are shown" : "";
            return _search.Length > 0 ? $"{Format.Plural(_matching, "line")} of {Format.Count(_buffer.Total)} contain it{cut}{dropped}" : $"{Format.Plural(_buffer.Total, "line")}{cut}{dropped}";
        }
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var list = await Api().ListAsync(KubernetesResource.Pods, Row.Key.Namespace, new KubernetesListQuery($"app={Row.Resource.DeploymentName ?? Row.Key.Name}"), cancellationToken);
        _containers = PodContainer.Of(list.Items);
        if (_containers.Any(c => c.Id == _chosen)) return;
        var first = _containers.FirstOrDefault(c => c.Pod == Pod) ?? _containers.FirstOrDefault();
        await ChooseAsync(first?.Id);
    }

    private IKubernetesApi Api() => Clusters.Api(Row.Key.Cluster) ?? throw new KubernetesException(KubernetesError.Unreachable, $"No cluster {Row.Key.Cluster} is connected.");

    private Task ChooseAsync(string? id)
    {
        _chosen = id;
        return RestartAsync();
    }

    private Task ToggleFollowAsync()
    {
        _follow = !_follow;
        return RestartAsync();
    }

    private Task TogglePreviousAsync()
    {
        _previous = !_previous;
        return RestartAsync();
    }

    private void Search(string text)
    {
        _search = text;
        Show();
    }

    private async Task RestartAsync()
    {
        if (_stream is not null) await _stream.CancelAsync();
        _stream?.Dispose();
        _stream = null;
        _buffer.Clear();
        _problem = null;
        Show();
        if (_containers.FirstOrDefault(c => c.Id == _chosen) is not { } container) return;
        _stream = CancellationTokenSource.CreateLinkedTokenSource(Gone);
        _ = ReadAsync(container, _stream.Token);
    }

    private async Task ReadAsync(PodContainer container, CancellationToken token)
    {
        var shownAt = Time.GetTimestamp();
        var shownLines = _buffer.Total;
        _reading = true;
        try
        {
            var query = new KubernetesLogQuery(container.Container, _follow && !_previous, Shown, _previous);
            await using var lines = Api().ReadLogAsync(Row.Key.Namespace, container.Pod, query, token).GetAsyncEnumerator(token);
            var next = lines.MoveNextAsync().AsTask();
            while (true)
            {
                // A line that comes alone is shown after the flush interval, not when the next one happens to come.
                if (!next.IsCompleted) await Task.WhenAny(next, Task.Delay(Flush, Time, token));
                if (next.IsCompleted)
                {
                    if (!await next) break;
                    _buffer.Add(lines.Current);
                    next = lines.MoveNextAsync().AsTask();
                }

                if (_buffer.Total == shownLines || Time.GetElapsedTime(shownAt) < Flush || !Gate.Open) continue;
                shownLines = _buffer.Total;
                Show();
                await RenderAsync().WaitAsync(token);
                shownAt = Time.GetTimestamp();
            }

            if (_follow && !_previous) _problem = "The container ended: no more lines will come. Its run before it may say why.";
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            return;
        }
        catch (KubernetesException e)
        {
            _problem = _previous && e.Error is KubernetesError.Invalid or KubernetesError.NotFound ? "The container has no run before this one." : e.Message;
        }
        finally
        {
            if (!token.IsCancellationRequested) _reading = false;
        }

        Show();
        StateHasChanged();
    }

    private void Show() => (_shown, _matching) = _buffer.Find(_search, Shown);

    private static string? Class(LogLine line) => line.Level switch { LogLevelMark.Error => "e", LogLevelMark.Warning => "w", _ => null };

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _stream?.Dispose();
    }
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Components;

namespace Sluice.Portal.Client.Shared.Live;

/// <summary>
/// A part of a page that changes by itself: the one way in which pages follow what is live. It takes news only when the page can use them (<see cref="LiveGate"/>)
/// and the browser has acknowledged what was rendered before, so a slow browser gets fewer and newer states, in order, and no queue grows for it.
/// </summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private TaskCompletionSource? _painted;

    protected LiveComponent() => Gone = _gone.Token;

    [Inject] public required LiveGate Gate { get; init; }

    [Inject] public required TimeProvider Time { get; init; }

    /// <summary>Cancelled when the component leaves the screen.</summary>
    protected CancellationToken Gone { get; }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called once, on the renderer's dispatcher, when the page is interactive: follow here.</summary>
    protected abstract Task LiveAsync();

    protected override void OnAfterRender(bool firstRender)
    {
        // Blazor calls this when the browser has acknowledged the rendering.
        Interlocked.Exchange(ref _painted, null)?.TrySetResult();
        if (firstRender) _ = RunAsync();
    }

    /// <summary>Takes each news on the renderer's dispatcher and renders where <paramref name="take"/> says so.</summary>
    protected Task FollowAsync<T>(IAsyncEnumerable<T> source, Func<T, bool> take) => FollowAsync(source, news => ValueTask.FromResult(take(news)));

    /// <inheritdoc cref="FollowAsync{T}(IAsyncEnumerable{T}, Func{T, bool})"/>
    protected async Task FollowAsync<T>(IAsyncEnumerable<T> source, Func<T, ValueTask<bool>> take)
    {
        await using var news = source.GetAsyncEnumerator(Gone);
        while (true)
        {
            // Before the next is taken: what it says then is the newest.
            await Gate.TurnAsync(Gone);
            if (!await news.MoveNextAsync()) return;
            var current = news.Current;
            var painted = Task.CompletedTask;
            await InvokeAsync(async () =>
            {
                if (Gone.IsCancellationRequested || !await take(current)) return;
                painted = RenderAsync();
            });
            await painted.WaitAsync(Gone);
        }
    }

    /// <summary>Renders; completes when the browser has acknowledged it. To be called on the renderer's dispatcher.</summary>
    protected Task RenderAsync()
    {
        var painted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _painted, painted)?.TrySetResult();
        StateHasChanged();
        return painted.Task;
    }

    /// <summary>A beat for what has to be asked for: at once, then with this long between two.</summary>
    protected async IAsyncEnumerable<DateTimeOffset> EveryAsync(TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            yield return Time.GetUtcNow();
            await Task.Delay(interval, Time, cancellationToken);
        }
    }

    /// <summary>At once, then with each beat of the page.</summary>
    protected async IAsyncEnumerable<DateTimeOffset> BeatsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            yield return Time.GetUtcNow();
            await Task.Delay(Gate.ToBeat(), Time, cancellationToken);
        }
    }

    /// <summary>An event as news: at once, then after it was raised, however often that was.</summary>
    protected static async IAsyncEnumerable<bool> RaisedAsync(Action<Action> subscribe, Action<Action> unsubscribe, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var raised = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Note() => raised.Writer.TryWrite(true);
        Note();
        subscribe(Note);
        try
        {
            await foreach (var one in raised.Reader.ReadAllAsync(cancellationToken)) yield return one;
        }
        finally
        {
            unsubscribe(Note);
        }
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _gone.IsCancellationRequested) return;
        _gone.Cancel();
        _gone.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await LiveAsync();
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page was left.
        }
        catch (Exception error) when (!Gone.IsCancellationRequested)
        {
            await DispatchExceptionAsync(error);
        }
    }
}

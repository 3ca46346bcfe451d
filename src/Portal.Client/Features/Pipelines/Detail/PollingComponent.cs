using Microsoft.AspNetCore.Components;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>
/// A part of the page that reads its source again and again while it is on screen. A failed read keeps the last good values, with their age, and says why:
/// a source that is down costs one panel, not the page.
/// </summary>
public abstract class PollingComponent : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _disposed = new();
    private CancellationTokenSource? _pause;

    [Inject]
    public required TimeProvider Time { get; init; }

    /// <summary>When the values on screen were read; null before the first good read.</summary>
    protected DateTimeOffset? LoadedAt { get; private set; }

    /// <summary>Why the newest read failed; null where it did not.</summary>
    protected string? Failure { get; private set; }

    /// <summary>True until the first read ended, well or not.</summary>
    protected bool Loading { get; private set; } = true;

    /// <summary>How long to wait between two reads.</summary>
    protected abstract TimeSpan Interval { get; }

    /// <summary>Reads the source and keeps what it said. Runs on the renderer's dispatcher.</summary>
    protected abstract Task LoadAsync(CancellationToken cancellationToken);

    /// <summary>Cancelled when the component leaves the screen.</summary>
    protected CancellationToken Gone => _disposed.Token;

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = InvokeAsync(RunAsync);
    }

    /// <summary>Reads at once instead of at the next interval.</summary>
    protected void ReloadNow() => _pause?.Cancel();

    private async Task RunAsync()
    {
        var token = _disposed.Token;
        while (!token.IsCancellationRequested)
        {
            try
            {
                await LoadAsync(token);
                LoadedAt = Time.GetUtcNow();
                Failure = null;
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is KubernetesException or FlinkException or OperationCanceledException or HttpRequestException)
            {
                Failure = e.Message;
            }

            Loading = false;
            StateHasChanged();
            _pause = CancellationTokenSource.CreateLinkedTokenSource(token);
            try
            {
                await Task.Delay(Interval, Time, _pause.Token);
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                // Someone asked for a reading at once.
            }
            catch (OperationCanceledException)
            {
                return;
            }
            finally
            {
                _pause.Dispose();
                _pause = null;
            }
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _disposed.IsCancellationRequested) return;
        _disposed.Cancel();
        _disposed.Dispose();
    }
}

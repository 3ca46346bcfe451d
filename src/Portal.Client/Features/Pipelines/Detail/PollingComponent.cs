using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Portal.Client.Shared.Live;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>
/// A part of the page that reads its source again and again while it is on screen. A failed read keeps the last good values, with their age, and says why:
/// a source that is down costs one panel, not the page.
/// </summary>
public abstract class PollingComponent : LiveComponent
{
    private CancellationTokenSource? _pause;

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

    /// <summary>Reads at once instead of at the next interval.</summary>
    protected void ReloadNow() => _pause?.Cancel();

    protected sealed override async Task LiveAsync()
    {
        while (true)
        {
            await Gate.TurnAsync(Gone);
            try
            {
                await LoadAsync(Gone);
                LoadedAt = Time.GetUtcNow();
                Failure = null;
            }
            catch (Exception e) when (e is KubernetesException or FlinkException or HttpRequestException || (e is OperationCanceledException && !Gone.IsCancellationRequested))
            {
                Failure = e.Message;
            }

            Loading = false;
            await RenderAsync().WaitAsync(Gone);
            await PauseAsync();
        }
    }

    private async Task PauseAsync()
    {
        using var pause = _pause = CancellationTokenSource.CreateLinkedTokenSource(Gone);
        try
        {
            await Task.Delay(Interval, Time, pause.Token);
        }
        catch (OperationCanceledException) when (!Gone.IsCancellationRequested)
        {
            // Someone asked for a reading at once.
        }
        finally
        {
            _pause = null;
        }
    }
}

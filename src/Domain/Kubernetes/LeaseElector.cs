using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Chooses one leader among replicas by a Lease. Only time that passed on this machine counts, never the times in the record: clocks differ.
/// This is no fence: a leader that was asleep may act for a moment beside its successor, so everything a leader does has to be safe when done twice.
/// </summary>
public sealed partial class LeaseElector(KubernetesApi api, LeaseSettings settings, Func<double>? jitter = null)
{
    private readonly Func<double> _jitter = jitter ?? Random.Shared.NextDouble;
    private JsonObject? _lease;
    private string? _observed;
    private long _observedAt;
    private long _renewedAt;
    private volatile bool _held;

    /// <summary>True while this process leads: held, and renewed within the deadline.</summary>
    public bool IsLeader => _held && api.Time.GetElapsedTime(Interlocked.Read(ref _renewedAt)) < settings.RenewDeadline;

    /// <summary>Who leads, as far as this process has seen; null where nobody does.</summary>
    public string? Holder { get; private set; }

    /// <summary>Why the last attempt failed, in words; null where it did not.</summary>
    public string? Problem { get; private set; }

    /// <summary>
    /// Tries to become leader until cancelled. While it leads, <paramref name="lead"/> runs; its token is cancelled when leadership ends, whatever the reason,
    /// at the latest when the renewal deadline passes. Gives the Lease back when cancelled.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lead);
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await TryAsync(cancellationToken).ConfigureAwait(false)) await LeadAsync(lead, cancellationToken).ConfigureAwait(false);
            else await PauseAsync(settings.RetryPeriod * (1 + (_jitter() * 0.2)), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LeadAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        // A deadline that each renewal moves: it fires even where a renewal hangs, or the machine slept.
        using var deadline = new CancellationTokenSource(Left(), api.Time);
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var work = Task.Run(() => lead(leading.Token), CancellationToken.None);
        while (!leading.IsCancellationRequested && !work.IsCompleted)
        {
            await PauseAsync(settings.RetryPeriod, leading.Token, work).ConfigureAwait(false);
            if (leading.IsCancellationRequested || work.IsCompleted) break;
            if (await TryAsync(leading.Token).ConfigureAwait(false)) deadline.CancelAfter(Left());
            else if (Holder is not null && Holder != settings.Identity) break;
        }

        await leading.CancelAsync().ConfigureAwait(false);
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Asked for.
        }
        finally
        {
            _held = false;
            await ReleaseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>One attempt to take or keep the Lease.</summary>
    internal async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        var begun = api.Time.GetTimestamp();
        try
        {
            if (!_held || _lease is null) await ObserveAsync(cancellationToken).ConfigureAwait(false);
            if (Holder is { Length: > 0 } holder && holder != settings.Identity && !Expired()) return Lost();
            try
            {
                Remember(await WriteAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (KubernetesException e) when (e.Error is KubernetesError.Conflict or KubernetesError.AlreadyExists or KubernetesError.NotFound)
            {
                // Somebody was quicker. The next attempt reads who it was.
                await ObserveAsync(cancellationToken).ConfigureAwait(false);
                return Lost();
            }

            // From before the request was sent: the others count from the moment the server stored it.
            Interlocked.Exchange(ref _renewedAt, begun);
            Problem = null;
            return _held = true;
        }
        catch (KubernetesException e)
        {
            // Leadership, where held, lasts until the deadline: the next attempt may succeed.
            Problem = e.Message;
            _lease = null;
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private TimeSpan Left()
    {
        var left = settings.RenewDeadline - api.Time.GetElapsedTime(Interlocked.Read(ref _renewedAt));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private bool Lost() => _held = false;

    private bool Expired() =>
        api.Time.GetElapsedTime(_observedAt) > TimeSpan.FromSeconds(_lease?["spec"]?["leaseDurationSeconds"] is JsonValue value && value.TryGetValue<int>(out var seconds) ? seconds : settings.LeaseDuration.TotalSeconds);

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken, Task? or = null)
    {
        try
        {
            var delay = Task.Delay(pause, api.Time, cancellationToken);
            await (or is null ? delay : Task.WhenAny(delay, or)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token itself.
        }
    }
}

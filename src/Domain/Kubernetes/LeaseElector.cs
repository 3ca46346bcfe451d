using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

/// <summary>How leadership is held: client-go's times.</summary>
/// <param name="Namespace">Where the Lease is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Identity">Who this process is; different for every process.</param>
public sealed record LeaseSettings(string Namespace, string Name, string Identity)
{
    /// <summary>How long others wait after they last saw the record change.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after the last success leadership is given up.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is tried.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// Chooses one leader among replicas by a Lease. Only time that passed on this machine counts, never the times in the record: clocks differ.
/// This is no fence: a leader that was asleep may act for a moment beside its successor, so everything a leader does has to be safe when done twice.
/// </summary>
public sealed class LeaseElector(KubernetesApi api, LeaseSettings settings, Func<double>? jitter = null)
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

    private async Task ObserveAsync(CancellationToken cancellationToken)
    {
        try
        {
            Remember(await api.GetAsync(KubernetesResource.Leases, settings.Namespace, settings.Name, cancellationToken).ConfigureAwait(false));
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            (_lease, _observed, Holder) = (null, null, null);
        }
    }

    private void Remember(JsonObject lease)
    {
        _lease = lease;
        var spec = lease["spec"]?.ToJsonString() ?? "";
        if (spec != _observed) (_observed, _observedAt) = (spec, api.Time.GetTimestamp());
        Holder = lease["spec"]?["holderIdentity"] is JsonValue value && value.TryGetValue<string>(out var holder) && holder.Length > 0 ? holder : null;
    }

    private Task<JsonObject> WriteAsync(CancellationToken cancellationToken)
    {
        var write = new KubernetesWrite(Strict: false);
        var now = api.Time.GetUtcNow().UtcDateTime;
        if (_lease is null)
        {
            var lease = new JsonObject
            {
                ["apiVersion"] = "coordination.k8s.io/v1",
                ["kind"] = "Lease",
                ["metadata"] = new JsonObject { ["name"] = settings.Name, ["namespace"] = settings.Namespace },
                ["spec"] = Spec(settings.Identity, settings.LeaseDuration, now, now, 0),
            };
            return api.CreateAsync(KubernetesResource.Leases, settings.Namespace, lease, write, cancellationToken);
        }

        var body = (JsonObject)_lease.DeepClone();
        var mine = Holder == settings.Identity;
        var transitions = body["spec"]?["leaseTransitions"] is JsonValue count && count.TryGetValue<int>(out var number) ? number : 0;
        var spec = Spec(settings.Identity, settings.LeaseDuration, now, now, mine ? transitions : transitions + 1);
        if (mine && body["spec"]?["acquireTime"] is { } acquired) spec["acquireTime"] = acquired.DeepClone();
        body["spec"] = spec;
        return api.ReplaceAsync(KubernetesResource.Leases, settings.Namespace, settings.Name, body, write, cancellationToken);
    }

    private async Task ReleaseAsync()
    {
        using var limit = new CancellationTokenSource(settings.RetryPeriod, api.Time);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            try
            {
                await ObserveAsync(limit.Token).ConfigureAwait(false);
                if (_lease is null || Holder != settings.Identity) return;
                var body = (JsonObject)_lease.DeepClone();
                var now = api.Time.GetUtcNow().UtcDateTime;
                body["spec"] = Spec("", TimeSpan.FromSeconds(1), now, now, body["spec"]?["leaseTransitions"] is JsonValue count && count.TryGetValue<int>(out var number) ? number : 0);
                Remember(await api.ReplaceAsync(KubernetesResource.Leases, settings.Namespace, settings.Name, body, new KubernetesWrite(Strict: false), limit.Token).ConfigureAwait(false));
                return;
            }
            catch (KubernetesException e) when (e.Error == KubernetesError.Conflict)
            {
                // Written by somebody in between: look who holds it now.
            }
            catch (Exception e) when (e is KubernetesException or OperationCanceledException)
            {
                // Not given back: the others take it when its time has passed.
                Problem = e.Message;
                return;
            }
        }
    }

    private static JsonObject Spec(string holder, TimeSpan duration, DateTime acquired, DateTime renewed, int transitions) => new()
    {
        ["holderIdentity"] = holder,
        ["leaseDurationSeconds"] = (int)duration.TotalSeconds,
        // The server takes exactly six digits after the point.
        ["acquireTime"] = acquired.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        ["renewTime"] = renewed.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        ["leaseTransitions"] = transitions,
    };

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

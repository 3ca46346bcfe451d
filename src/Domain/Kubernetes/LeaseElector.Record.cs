using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

/// <content>Reads and writes the Lease itself.</content>
public sealed partial class LeaseElector
{
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
}

using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.Operator;

/// <summary>Writes Kubernetes events; the same one again raises the count of the first.</summary>
internal sealed class EventRecorder(ObjectStore store, SimClock clock, Seeds seeds, Agenda agenda)
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    public void Record(JsonObject subject, string reason, string message, string component, bool warning = false)
    {
        var metadata = subject["metadata"]!;
        Record(subject["apiVersion"]!.ToString(), subject["kind"]!.ToString(), metadata["namespace"]!.ToString(), metadata["name"]!.ToString(), metadata["uid"]?.ToString() ?? "", reason, message, component, warning);
    }

    public void Record(string apiVersion, string kind, string ns, string name, string uid, string reason, string message, string component, bool warning)
    {
        var now = ObjectWriter.Stamp(clock.Now);
        var mine = kind.StartsWith("Flink", StringComparison.Ordinal);
        var hash = seeds.Hex(16, ns, kind, name, uid, reason, message);
        var key = mine ? $"{component}.{uint.Parse(hash.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture)}" : $"{name}.{hash}";
        if (store.Find(ResourceCatalog.Events, ns, key)?.ToNode() is { } known)
        {
            known["count"] = known["count"]!.GetValue<int>() + 1;
            known["lastTimestamp"] = now;
            known["message"] = message;
            store.Put(ResourceCatalog.Events, known);
            return;
        }
        store.Put(ResourceCatalog.Events, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = key, ["namespace"] = ns, ["uid"] = seeds.Uid(ns, key), ["creationTimestamp"] = now },
            ["involvedObject"] = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["name"] = name, ["namespace"] = ns, ["uid"] = uid },
            ["reason"] = reason,
            ["message"] = message,
            ["type"] = warning ? "Warning" : "Normal",
            ["source"] = new JsonObject { ["component"] = component },
            ["firstTimestamp"] = now,
            ["lastTimestamp"] = now,
            ["count"] = 1,
            ["eventTime"] = null,
            ["reportingComponent"] = "",
            ["reportingInstance"] = "",
        });
        agenda.At(clock.Now + TimeToLive, () => Expire(ns, key));
    }

    private void Expire(string ns, string key)
    {
        if (store.Find(ResourceCatalog.Events, ns, key)?.ToNode() is not { } found) return;
        var last = DateTimeOffset.Parse(found["lastTimestamp"]!.ToString(), CultureInfo.InvariantCulture);
        if (clock.Now - last >= TimeToLive) store.Remove(ResourceCatalog.Events, ns, key);
        else agenda.At(last + TimeToLive, () => Expire(ns, key));
    }
}

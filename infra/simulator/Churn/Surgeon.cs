using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Churn;

/// <summary>What teams and the world do to the pipelines of one cluster. Called under the cluster's lock.</summary>
internal sealed class Surgeon(SimulatedCluster cluster)
{
    private static readonly WriteOptions Writer = new() { FieldManager = "deploy-pipeline", FieldValidation = "Ignore" };

    public FlinkWorld World => cluster.World;
    public DateTimeOffset Now => cluster.Clock.Now;

    /// <summary>One victim after another over some seconds, as pipelines of a roll-out do.</summary>
    public void Each(Incident incident, Action<(string Namespace, string Name)> act) => Later(incident, 0, act, 1);

    public void Later(Incident incident, double seconds, Action<(string Namespace, string Name)> act, double share)
    {
        for (var i = 0; i < incident.Victims.Count * share; i++)
        {
            var victim = incident.Victims[i];
            cluster.Agenda.After(TimeSpan.FromSeconds(seconds + i * 0.4), () =>
            {
                if (Exists(victim)) act(victim);
            });
        }
    }

    public void Traits((string Namespace, string Name) at, Func<JobTraits, JobTraits> change)
    {
        var job = World.Find(at.Namespace, at.Name)?.MainJob;
        World.SetTraits(at.Namespace, at.Name, change(job?.Traits ?? World.FixedTraits(at.Namespace, at.Name) ?? ArgumentTraits.Guess(World.Seeds, at.Namespace, at.Name)));
    }

    /// <summary>Deploys another tag, and says what the whole image is then called.</summary>
    public string Image((string Namespace, string Name) at, string tag)
    {
        var image = "";
        Spec(at, spec => spec["image"] = image = spec["image"]!.ToString().Split(':')[0] + ":" + tag);
        return image;
    }

    public void Configure((string Namespace, string Name) at, string key, string? value) => Spec(at, spec =>
    {
        if (value is null) spec["flinkConfiguration"]!.AsObject().Remove(key);
        else spec["flinkConfiguration"]![key] = value;
    });

    /// <summary>Asks the operator to start it again as it is.</summary>
    public void Nudge((string Namespace, string Name) at) =>
        Spec(at, spec => spec["restartNonce"] = (spec["restartNonce"] is JsonValue known && known.TryGetValue(out long nonce) ? nonce : 0) + 1);

    public void Spec((string Namespace, string Name) at, Action<JsonObject> change)
    {
        if (!Exists(at)) return;
        // What goes wrong here went past the webhook once; it is not asked again.
        var webhook = cluster.Writer.Admission;
        cluster.Writer.Admission = null;
        try
        {
            cluster.Writer.Update(cluster.Catalog.FlinkDeployments, at.Namespace, at.Name, false, Writer, live =>
            {
                change(live["spec"]!.AsObject());
                return live;
            });
        }
        finally { cluster.Writer.Admission = webhook; }
    }

    public static void NextTag(JsonObject spec)
    {
        var parts = spec["image"]!.ToString().Split(':');
        var last = parts[1].LastIndexOf('.');
        spec["image"] = last > 0 && int.TryParse(parts[1][(last + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var patch)
            ? string.Create(CultureInfo.InvariantCulture, $"{parts[0]}:{parts[1][..last]}.{patch + 1}")
            : parts[0] + ":" + parts[1] + ".1";
    }

    private bool Exists((string Namespace, string Name) at) => cluster.Store.Find(cluster.Catalog.FlinkDeployments, at.Namespace, at.Name) is not null;
}

using System.Text.Json.Nodes;

namespace Sluice.Simulator.Operator;

/// <summary>Savepoints that are asked for by a changed <c>savepointTriggerNonce</c>: in the status with 1.7, as a resource with the newest.</summary>
internal sealed class SavepointNonce(OperatorContext context, SnapshotObjects snapshots)
{
    public static long? Deployed(StatusModel status) =>
        SpecText.Spec(status.LastReconciled)?["job"]?["savepointTriggerNonce"]?.GetValue<long>();

    public void Follow(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view, JsonObject deployed)
    {
        var nonce = view.Nonce("savepointTriggerNonce");
        var job = context.World.Find(handle.Namespace, handle.Name)?.MainJob;
        if (job?.State != "RUNNING" || status.JobState != "RUNNING") return;
        if (handle.NonceRunning is { } running)
        {
            if (context.Now - handle.NonceTriggered < context.Cluster.Clock.Scale(TimeSpan.FromSeconds(1.5))) return;
            handle.NonceRunning = null;
            var (done, error) = job.Checkpoints.Savepoint(job.SavepointDirectory ?? "", context.Now, false);
            if (done is not null) status.AddSavepoint(done.Path!, handle.NonceTriggered, "MANUAL", "CANONICAL", running);
            else
            {
                context.Events.Record(resource, "SavepointError", $"Savepoint failed for savepointTriggerNonce: {running}: {error}", "Operator", warning: true);
                foreach (var field in (string[])["triggerId", "triggerTimestamp", "triggerType", "formatType"]) status.Savepoints.Remove(field);
            }
            Consume(resource, status, deployed, running);
            return;
        }
        if (nonce is null || nonce == Deployed(status)) return;
        if (context.Version.HasSnapshots)
        {
            snapshots.CreateManual(resource, nonce.Value);
            Consume(resource, status, deployed, nonce.Value);
            return;
        }
        handle.NonceRunning = nonce;
        handle.NonceTriggered = context.Now;
        status.Savepoints["triggerId"] = context.World.Seeds.Hex(32, handle.Namespace, handle.Name, "trigger", context.World.NextSerial());
        status.Savepoints["triggerTimestamp"] = context.Now.ToUnixTimeMilliseconds();
        status.Savepoints["triggerType"] = "MANUAL";
        status.Savepoints["formatType"] = "CANONICAL";
        status.LastReconciled = SpecText.Write(deployed, context.Version, Generation(resource), SpecText.FirstDeployment(status.LastReconciled!));
    }

    private void Consume(JsonObject resource, StatusModel status, JsonObject deployed, long nonce)
    {
        deployed["job"]!["savepointTriggerNonce"] = nonce;
        var stable = status.LastReconciled == status.LastStable;
        status.LastReconciled = SpecText.Write(deployed, context.Version, Generation(resource), SpecText.FirstDeployment(status.LastReconciled!));
        if (stable && context.Version.IsNewest) status.LastStable = status.LastReconciled;
    }

    private static long Generation(JsonObject resource) => resource["metadata"]!["generation"]!.GetValue<long>();
}

using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Operator;

/// <summary>Takes, records and disposes of savepoints and checkpoints that are asked for as resources.</summary>
internal sealed class SnapshotReconciler(OperatorContext context)
{
    private const string Kind = "FlinkStateSnapshot";

    public void Reconcile(ResourceHandle handle, JsonObject resource)
    {
        if (resource["metadata"]!["deletionTimestamp"] is not null)
        {
            Clean(handle, resource);
            return;
        }
        resource = context.EnsureFinalizer(resource, Kind);
        var status = resource["status"] as JsonObject;
        var state = status?["state"]?.ToString();
        if (state is "COMPLETED" or "FAILED" or "ABANDONED") return;
        var spec = (JsonObject)resource["spec"]!;
        var target = Target(handle, spec);
        if (Validator.Snapshot(resource, target is not null, state is "IN_PROGRESS") is { } refusal)
        {
            context.Events.Record(resource, "ValidationError", refusal, "Operator", warning: true);
            Write(handle, resource, status ?? Fresh());
            return;
        }
        if (spec["savepoint"]?["alreadyExists"]?.GetValue<bool>() == true)
        {
            var stamp = Stamp();
            Label(handle, resource, spec, "COMPLETED");
            Write(handle, resource, new JsonObject { ["failures"] = 0, ["path"] = spec["savepoint"]!["path"]?.DeepClone(), ["resultTimestamp"] = stamp, ["state"] = "COMPLETED", ["triggerTimestamp"] = stamp });
            return;
        }
        var job = Job(handle, spec, target);
        if (target?["status"]?["jobStatus"]?["state"]?.ToString() != "RUNNING" || job?.State != "RUNNING") Abandon(handle, resource, spec, status);
        else if (state == "IN_PROGRESS") Finish(handle, resource, spec, status!, job);
        else Trigger(handle, resource, spec, status ?? Fresh());
    }

    private void Trigger(ResourceHandle handle, JsonObject resource, JsonObject spec, JsonObject status)
    {
        status = (JsonObject)status.DeepClone();
        Label(handle, resource, spec, "IN_PROGRESS");
        status["state"] = "IN_PROGRESS";
        status["triggerId"] = context.World.Seeds.Hex(32, handle.Namespace, handle.Name, "trigger", context.World.NextSerial());
        status["triggerTimestamp"] = Stamp();
        Write(handle, resource, status);
        context.Again(handle, context.Interval);
    }

    private void Finish(ResourceHandle handle, JsonObject resource, JsonObject spec, JsonObject status, FlinkJob job)
    {
        status = (JsonObject)status.DeepClone();
        job.Advance(context.Now);
        string? path = null, error = null;
        if (spec["checkpoint"] is not null) path = job.Checkpoints.LatestCompleted?.Path ?? "";
        else
        {
            var directory = spec["savepoint"]?["path"]?.ToString() is { Length: > 0 } given ? given : job.SavepointDirectory ?? "";
            var (done, why) = job.Checkpoints.Savepoint(directory, context.Now, false);
            (path, error) = (done?.Path, why);
        }
        status["resultTimestamp"] = Stamp();
        if (path is not null)
        {
            Label(handle, resource, spec, "COMPLETED");
            status["state"] = "COMPLETED";
            status["path"] = path;
            Write(handle, resource, status);
            return;
        }
        var text = OperatorErrors.Reconciliation("java.util.concurrent.CompletionException: java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: " + error);
        var failures = (status["failures"]?.GetValue<int>() ?? 0) + 1;
        var limit = spec["backoffLimit"]?.GetValue<int>() ?? -1;
        status["error"] = text;
        status["failures"] = failures;
        status["state"] = limit >= 0 && failures > limit ? "FAILED" : "TRIGGER_PENDING";
        context.Events.Record(resource, "SavepointError", text, "Snapshot", warning: true);
        Write(handle, resource, status);
        if (status["state"]!.ToString() != "FAILED") context.Again(handle, TimeSpan.FromSeconds(10 * Math.Pow(2, Math.Min(failures - 1, 6))));
    }

    private void Abandon(ResourceHandle handle, JsonObject resource, JsonObject spec, JsonObject? status)
    {
        status = (JsonObject)(status ?? Fresh()).DeepClone();
        var text = $"Snapshot abandoned: Job {spec["jobReference"]!["kind"]}/{spec["jobReference"]!["name"]} is not running";
        Label(handle, resource, spec, "ABANDONED");
        status["state"] = "ABANDONED";
        status["error"] = text;
        status["resultTimestamp"] = Stamp();
        context.Events.Record(resource, "SnapshotAbandoned", text, "Snapshot", warning: true);
        Write(handle, resource, status);
    }

    private void Clean(ResourceHandle handle, JsonObject resource)
    {
        if ((resource["metadata"]!["finalizers"] as JsonArray)?.Any(f => f?.ToString() == context.Finalizer(Kind)) != true) return;
        var spec = (JsonObject)resource["spec"]!;
        var state = resource["status"]?["state"]?.ToString();
        if (state == "IN_PROGRESS")
        {
            context.Again(handle, context.Interval);
            return;
        }
        if (state == "COMPLETED" && spec["savepoint"] is JsonObject savepoint && (savepoint["disposeOnDelete"]?.GetValue<bool>() ?? true) && resource["status"]!["path"]?.ToString() is { } path)
        {
            var target = Target(handle, spec);
            var running = Job(handle, spec, target)?.State == "RUNNING";
            if (!running)
            {
                context.Events.Record(resource, "CleanupFailed", target is null ? "Cannot dispose of snapshot because referenced Flink job cannot be found!" : "Cannot dispose of snapshot because referenced Flink job is not running!", "Snapshot", warning: true);
                context.Again(handle, context.Interval);
                return;
            }
            context.World.Storage.Remove(path);
        }
        context.RemoveFinalizer(handle);
    }

    private JsonObject? Target(ResourceHandle handle, JsonObject spec)
    {
        if (spec["jobReference"]?["name"]?.ToString() is not { } name) return null;
        var kind = spec["jobReference"]!["kind"]?.ToString() ?? "FlinkDeployment";
        return context.Store.Find(context.TypeOf(kind), handle.Namespace, name)?.ToNode();
    }

    private FlinkJob? Job(ResourceHandle handle, JsonObject spec, JsonObject? target)
    {
        if (target is null) return null;
        var name = spec["jobReference"]!["name"]!.ToString();
        if (target["kind"]!.ToString() == "FlinkDeployment") return context.World.Find(handle.Namespace, name)?.MainJob;
        var id = target["status"]?["jobStatus"]?["jobId"]?.ToString();
        return context.World.Find(handle.Namespace, target["spec"]!["deploymentName"]!.ToString())?.Jobs.FirstOrDefault(j => j.Id == id);
    }

    private void Label(ResourceHandle handle, JsonObject resource, JsonObject spec, string state)
    {
        if (context.Read(handle) is not { } fresh) return;
        var metadata = fresh["metadata"]!.AsObject();
        if (metadata["labels"] is not JsonObject labels) metadata["labels"] = labels = [];
        labels["snapshot.state"] = state;
        labels["snapshot.type"] = spec["checkpoint"] is null ? "SAVEPOINT" : "CHECKPOINT";
        labels["snapshot.trigger-type"] ??= "MANUAL";
        if (Target(handle, spec) is not null)
        {
            labels["job-reference.kind"] = spec["jobReference"]!["kind"]?.DeepClone();
            labels["job-reference.name"] = spec["jobReference"]!["name"]?.DeepClone();
        }
        context.Store.Put(context.TypeOf(Kind), fresh);
        _ = resource;
    }

    private void Write(ResourceHandle handle, JsonObject resource, JsonObject status)
    {
        _ = resource;
        if (context.Read(handle) is not { } fresh || JsonNode.DeepEquals(fresh["status"], status)) return;
        fresh["status"] = status.DeepClone();
        context.Store.Put(context.TypeOf(Kind), fresh);
    }

    private string Stamp() => context.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    private static JsonObject Fresh() => new() { ["failures"] = 0, ["state"] = "TRIGGER_PENDING" };
}

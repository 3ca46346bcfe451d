using System.Text.Json.Nodes;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Operator;

/// <summary>Gives a running job other parallelisms, or a reactive one other TaskManagers, without a restart.</summary>
internal sealed class InPlaceScaler(OperatorContext context)
{
    /// <summary>Whether the operator scales the running job; else it upgrades it.</summary>
    public bool CanScale(ResourceHandle handle, StatusModel status, SpecView view)
    {
        if (context.World.Find(handle.Namespace, handle.Name)?.MainJob?.State != "RUNNING") return false;
        if (view.IsStandalone) return view.IsReactive;
        var old = new SpecView(SpecText.Spec(status.LastReconciled)!).Get(JobOverrides.Key) ?? "";
        var removed = old.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(':')[0]).Except((view.Get(JobOverrides.Key) ?? "").Split(',').Select(p => p.Split(':')[0])).Any();
        return view.Get("jobmanager.scheduler") == "adaptive" && view.Get("kubernetes.operator.job.upgrade.inplace-scaling.enabled") != "false" && !removed && view.FlinkVersion is not ("v1_15" or "v1_16" or "v1_17");
    }

    public void Scale(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view)
    {
        var process = context.World.Find(handle.Namespace, handle.Name)!;
        if (view.IsReactive) process.Resize(view);
        else
        {
            var job = process.MainJob!;
            process.Tasks.Rescale(job, job.Parallelism, JobOverrides.Read(job, view));
            context.Events.Record(resource, "Scaling", "In-place scaling triggered", "Job");
        }
        var generation = resource["metadata"]!["generation"]!.GetValue<long>();
        var full = SpecText.Full(view.Spec, context.Version, false);
        full["job"]!["upgradeMode"] = SpecText.Spec(status.LastReconciled)!["job"]!["upgradeMode"]!.DeepClone();
        status.LastReconciled = SpecText.Write(full, context.Version, generation, SpecText.FirstDeployment(status.LastReconciled!));
        if (view.IsReactive) status.TaskManagers($"component=taskmanager,app={handle.Name}", view.TaskManagers);
        status.Touch(context.Now);
        if (context.Version.IsNewest) status.ObservedGeneration = generation;
        status.State = context.Version.IsNewest ? "DEPLOYED" : "UPGRADING";
        handle.Settling = context.Version.IsNewest ? 0 : 2;
        context.Write(handle, status, observed: true);
        context.Again(handle, context.Interval);
    }
}

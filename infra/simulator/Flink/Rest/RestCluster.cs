using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>Answers about the cluster: overview, configuration, TaskManagers.</summary>
internal sealed class RestCluster(FlinkProcess process, FlinkRelease release, DateTimeOffset now)
{
    public JsonObject Overview() => new()
    {
        ["taskmanagers"] = process.Tasks.Ready.Count(),
        ["slots-total"] = process.Tasks.Ready.Count() * process.View.Slots,
        ["slots-available"] = process.Tasks.FreeSlots,
        ["jobs-running"] = process.Jobs.Count(j => !j.IsTerminal),
        ["jobs-finished"] = process.Jobs.Count(j => j.State == "FINISHED"),
        ["jobs-cancelled"] = process.Jobs.Count(j => j.State == "CANCELED"),
        ["jobs-failed"] = process.Jobs.Count(j => j.State == "FAILED"),
        ["flink-version"] = release.Version,
        ["flink-commit"] = release.Commit,
    };

    public JsonObject Config() => new()
    {
        ["refresh-interval"] = 3000,
        ["timezone-name"] = "Coordinated Universal Time",
        ["timezone-offset"] = 0,
        ["flink-version"] = release.Version,
        ["flink-revision"] = release.Revision,
        ["features"] = new JsonObject { ["web-submit"] = process.View.Job is null, ["web-cancel"] = false, ["web-rescale"] = Adaptive, ["web-history"] = false },
    };

    private bool Adaptive => process.View.Get("jobmanager.scheduler") is { } scheduler && scheduler.Equals("adaptive", StringComparison.OrdinalIgnoreCase);

    public JsonArray JobManagerConfig() => new([.. process.View.Config
        .Where(c => !c.Key.StartsWith("kubernetes.operator.", StringComparison.Ordinal) && !c.Key.StartsWith("job.autoscaler.", StringComparison.Ordinal))
        .Append(KeyValuePair.Create("kubernetes.cluster-id", process.Name))
        .Append(KeyValuePair.Create("kubernetes.namespace", process.Namespace))
        .Append(KeyValuePair.Create("execution.target", process.View.Job is null ? "kubernetes-session" : "kubernetes-application"))
        .Select(c => new JsonObject { ["key"] = c.Key, ["value"] = c.Value })]);

    public JsonObject Logs(string word) => new()
    {
        ["logs"] = new JsonArray(new JsonObject { ["name"] = $"{word}.log", ["size"] = 24_576, ["mtime"] = now.ToUnixTimeMilliseconds() }),
    };

    public JsonObject TaskManager(TaskManager task, bool detail)
    {
        var (_, memory) = process.View.Resources("taskManager");
        var split = MemorySplit.Of(memory);
        var slots = process.View.Slots;
        var used = Math.Min(slots, process.Jobs.Where(j => j.State == "RUNNING").SelectMany(j => Placement.SlotsOn(process, j, task)).Count());
        var answer = new JsonObject
        {
            ["id"] = task.Id,
            ["path"] = $"pekko.tcp://flink@{process.Address(task.Name)}:6122/user/rpc/taskmanager_0",
            ["dataPort"] = 40_121,
            ["jmxPort"] = -1,
            ["timeSinceLastHeartbeat"] = now.AddMilliseconds(-1500).ToUnixTimeMilliseconds(),
            ["slotsNumber"] = slots,
            ["freeSlots"] = slots - used,
            ["totalResource"] = Resource(split, 1, slots),
            ["freeResource"] = Resource(split, (double)(slots - used) / slots, slots - used),
            ["hardware"] = new JsonObject { ["cpuCores"] = 4, ["physicalMemory"] = 67_430_330_368, ["freeMemory"] = split.Heap, ["managedMemory"] = split.Managed },
            ["memoryConfiguration"] = new JsonObject
            {
                ["frameworkHeap"] = split.FrameworkHeap,
                ["taskHeap"] = split.TaskHeap,
                ["frameworkOffHeap"] = split.FrameworkOffHeap,
                ["taskOffHeap"] = 0,
                ["networkMemory"] = split.Network,
                ["managedMemory"] = split.Managed,
                ["jvmMetaspace"] = split.Metaspace,
                ["jvmOverhead"] = split.Overhead,
                ["totalFlinkMemory"] = split.Flink,
                ["totalProcessMemory"] = split.Process,
            },
        };
        if (!detail) return answer;
        answer["allocatedSlots"] = new JsonArray([.. process.Jobs.Where(j => j.State == "RUNNING").SelectMany(j => Placement.SlotsOn(process, j, task).Select(_ => new JsonObject
        {
            ["jobId"] = j.Id,
            ["resource"] = Resource(split, 1.0 / slots, 1),
        }))]);
        answer["metrics"] = Metrics(split, task);
        return answer;
    }

    private JsonObject Metrics(MemorySplit split, TaskManager task)
    {
        var heap = (long)(split.Heap * (0.35 + 0.3 * Wave(task)));
        var segments = split.Network / 32_768;
        var metrics = new JsonObject
        {
            ["heapUsed"] = heap,
            ["heapCommitted"] = split.Heap,
            ["heapMax"] = split.Heap,
            ["nonHeapUsed"] = 96_468_992,
            ["nonHeapCommitted"] = 101_187_584,
            ["nonHeapMax"] = 780_140_544,
            ["directCount"] = segments + 14,
            ["directUsed"] = split.Network,
            ["directMax"] = split.Network,
            ["mappedCount"] = 0,
            ["mappedUsed"] = 0,
            ["mappedMax"] = 0,
        };
        if (!release.IsTwo)
        {
            metrics["memorySegmentsAvailable"] = segments - 48;
            metrics["memorySegmentsTotal"] = segments;
        }
        metrics["nettyShuffleMemorySegmentsAvailable"] = segments - 48;
        metrics["nettyShuffleMemorySegmentsUsed"] = 48;
        metrics["nettyShuffleMemorySegmentsTotal"] = segments;
        metrics["nettyShuffleMemoryAvailable"] = (segments - 48) * 32_768;
        metrics["nettyShuffleMemoryUsed"] = 48 * 32_768;
        metrics["nettyShuffleMemoryTotal"] = segments * 32_768;
        var collections = Collections(task);
        var collectors = new List<JsonObject> { Collector("G1_Young_Generation", collections, collections * 11), Collector("G1_Old_Generation", 0, 0) };
        if (release.AtLeast20) collectors.Insert(0, Collector("All", collections, collections * 11));
        metrics["garbageCollectors"] = new JsonArray([.. collectors]);
        return metrics;
    }

    private long Collections(TaskManager task) => 3 + (long)((now - (task.Started ?? now)).TotalSeconds / 9);

    private double Wave(TaskManager task) => 0.5 + 0.5 * Math.Sin((now - (task.Started ?? now)).TotalSeconds / 23);

    private static JsonObject Collector(string name, long count, long time) => new() { ["name"] = name, ["count"] = count, ["time"] = time };

    private static JsonObject Resource(MemorySplit split, double share, double cores) => new()
    {
        ["cpuCores"] = cores,
        ["taskHeapMemory"] = (long)(split.TaskHeap * share) >> 20,
        ["taskOffHeapMemory"] = 0,
        ["managedMemory"] = (long)(split.Managed * share) >> 20,
        ["networkMemory"] = (long)(split.Network * share) >> 20,
        ["extendedResources"] = new JsonObject(),
    };
}

/// <summary>How Flink divides a TaskManager's memory by default.</summary>
internal sealed record MemorySplit(long Process, long Metaspace, long Overhead, long Flink, long Managed, long Network, long TaskHeap)
{
    public long FrameworkHeap { get; } = 128 << 20;
    public long FrameworkOffHeap { get; } = 128 << 20;
    public long Heap => FrameworkHeap + TaskHeap;

    public static MemorySplit Of(long process)
    {
        if (process < 512 << 20) process = 1728L << 20;
        const long metaspace = 256 << 20;
        var overhead = Math.Clamp(process / 10, 192 << 20, 1 << 30);
        var flink = process - metaspace - overhead;
        var managed = (long)(flink * 0.4);
        var network = flink / 10;
        return new(process, metaspace, overhead, flink, managed, network, Math.Max(32 << 20, flink - managed - network - (256 << 20)));
    }
}

/// <summary>Which subtask runs on which TaskManager.</summary>
internal static class Placement
{
    public static TaskManager? Of(FlinkProcess process, int subtask)
    {
        var ready = process.Tasks.Ready.ToList();
        return ready.Count == 0 ? null : ready[subtask / process.View.Slots % ready.Count];
    }

    public static IEnumerable<int> SlotsOn(FlinkProcess process, FlinkJob job, TaskManager task) =>
        job.Plan.Count == 0 ? [] : Enumerable.Range(0, job.Plan.Max(job.ParallelismOf)).Where(i => Of(process, i) == task);
}

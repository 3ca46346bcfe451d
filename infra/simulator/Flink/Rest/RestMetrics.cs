using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>The metric endpoints: names, plain values as texts, and aggregates that are all or nothing.</summary>
internal static class RestMetrics
{
    /// <summary>Without names the list of what there is; with names those that are known.</summary>
    public static JsonArray Plain(IReadOnlyDictionary<string, string> metrics, IReadOnlyList<string>? names) => names is null
        ? new([.. metrics.Keys.Select(k => new JsonObject { ["id"] = k })])
        : new([.. names.Where(metrics.ContainsKey).Select(n => new JsonObject { ["id"] = n, ["value"] = metrics[n] })]);

    public static RestAnswer Aggregated(IEnumerable<IReadOnlyDictionary<string, string>> subtasks, RestRequest request, FlinkRelease release)
    {
        var all = subtasks.ToList();
        if (request["subtasks"] is { } chosen)
            all = [.. chosen.Split(',').Where(s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < all.Count).Select(s => all[int.Parse(s, CultureInfo.InvariantCulture)])];
        if (all.Count == 0) return RestAnswer.Ok(new JsonArray());
        if (request.Names is not { } names) return RestAnswer.Ok(new JsonArray([.. all[0].Keys.Select(k => new JsonObject { ["id"] = k })]));
        if (names.Any(n => !all[0].ContainsKey(n))) return RestAnswer.Ok(new JsonArray());
        var wanted = request["agg"]?.Split(',') ?? (release.AtLeast20 || release.Minor == 19 ? ["min", "max", "avg", "sum", "skew"] : ["min", "max", "avg", "sum"]);
        if (wanted.Contains("skew") && !release.IsTwo && release.Minor < 19)
            return RestAnswer.Error(400, "org.apache.flink.runtime.rest.handler.RestHandlerException: Request did not match expected format EmptyRequestBody: Cannot resolve query parameter (agg) from value \"skew\".\n");
        var answer = new JsonArray();
        foreach (var name in names)
        {
            var values = all.Select(s => s.TryGetValue(name, out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : (double?)null).OfType<double>().ToList();
            if (values.Count == 0) continue;
            var item = new JsonObject { ["id"] = name };
            foreach (var aggregate in wanted)
                item[aggregate] = aggregate switch
                {
                    "min" => values.Min(),
                    "max" => values.Max(),
                    "avg" => values.Average(),
                    "sum" => values.Sum(),
                    "skew" => Skew(values),
                    _ => null,
                };
            answer.Add(item);
        }
        return RestAnswer.Ok(answer);
    }

    public static Dictionary<string, string> Job(FlinkJob job, FlinkRelease release, DateTimeOffset now)
    {
        var checkpoints = job.Checkpoints;
        var last = checkpoints.Newest.FirstOrDefault(c => c.Outcome == CheckpointOutcome.Completed);
        var since = job.EnteredStates.TryGetValue(job.State, out var entered) ? Millis(now - entered) : 0;
        var metrics = new Dictionary<string, string>
        {
            ["numberOfFailedCheckpoints"] = Text(checkpoints.Failed),
            ["lastCheckpointSize"] = Text(last?.Bytes ?? -1),
            ["lastCheckpointFullSize"] = Text(last?.Bytes ?? -1),
            ["lastCheckpointExternalPath"] = last?.Path ?? "n/a",
            ["totalNumberOfCheckpoints"] = Text(checkpoints.Total),
            ["lastCompletedCheckpointId"] = Text(last?.Id ?? -1),
            ["lastCheckpointRestoreTimestamp"] = Text(checkpoints.RestoredFrom?.At.ToUnixTimeMilliseconds() ?? -1),
            ["lastCheckpointProcessedData"] = last is null ? "-1" : Text((long)(job.Traits.Rate * 9)),
            ["lastCheckpointPersistedData"] = last is null ? "-1" : "0",
            ["lastCheckpointDuration"] = Text(last is null ? -1 : Millis(last.Acknowledged!.Value - last.Triggered)),
            ["numberOfInProgressCheckpoints"] = checkpoints.Running is null ? "0" : "1",
            ["numberOfCompletedCheckpoints"] = Text(checkpoints.Completed),
            ["numRestarts"] = Text(job.Restarts),
            ["uptime"] = Text(job.State == "RUNNING" ? since : job.IsTerminal ? -1 : 0),
            ["downtime"] = Text(job.State == "RESTARTING" ? since : 0),
            ["runningTime"] = Text(job.State == "RUNNING" ? since : 0),
            ["restartingTime"] = Text(job.State == "RESTARTING" ? since : 0),
        };
        foreach (var name in (string[])["initializingTime", "createdTime", "cancellingTime", "failingTime", "deployingTime"]) metrics[name] = "0";
        if (release.IsTwo)
        {
            metrics["numRescales"] = "0";
            metrics["lastCheckpointCompletedTimestamp"] = Text(last?.Acknowledged?.ToUnixTimeMilliseconds() ?? -1);
        }
        else metrics["fullRestarts"] = Text(job.Restarts);
        return metrics;
    }

    public static Dictionary<string, string> Task(FlinkJob job, PlanVertex vertex, int subtask, FlinkRelease release, DateTimeOffset now)
    {
        var parallelism = job.ParallelismOf(vertex);
        var flow = VertexFlow.Of(job, vertex, now).Part(vertex, parallelism, subtask);
        var early = flow.Seconds < 5;
        var (busy, backpressured) = (early ? 1000 : Math.Round(flow.Busy * 1000), early ? 0 : Math.Round(flow.Backpressured * 1000));
        var watermark = Watermark(job, now);
        var metrics = new Dictionary<string, string>
        {
            ["numRecordsIn"] = Text((long)flow.RecordsIn),
            ["numRecordsInPerSecond"] = Real(flow.RateIn),
            ["numRecordsOut"] = Text((long)flow.RecordsOut),
            ["numRecordsOutPerSecond"] = Real(flow.RateOut),
            ["numBytesIn"] = Text((long)flow.BytesIn),
            ["numBytesInPerSecond"] = Real(flow.RateIn * 96),
            ["numBytesOut"] = Text((long)flow.BytesOut),
            ["numBytesOutPerSecond"] = Real(flow.RateOut * 96),
            ["numBuffersOut"] = Text((long)(flow.BytesOut / 32_768)),
            ["numBuffersOutPerSecond"] = Real(flow.RateOut * 96 / 32_768),
            ["busyTimeMsPerSecond"] = Real(busy),
            ["backPressuredTimeMsPerSecond"] = Text((long)backpressured),
            ["softBackPressuredTimeMsPerSecond"] = Text((long)backpressured),
            ["hardBackPressuredTimeMsPerSecond"] = "0",
            ["idleTimeMsPerSecond"] = Text(Math.Max(0, 1000 - (long)busy - (long)backpressured)),
            ["accumulateBusyTimeMs"] = Real(Math.Round(flow.Seconds * 1000 * flow.Busy)),
            ["accumulateBackPressuredTimeMs"] = Text((long)(flow.Seconds * 1000 * flow.Backpressured)),
            ["accumulateIdleTimeMs"] = Text((long)(flow.Seconds * 1000 * flow.Idle)),
            ["maxSoftBackPressureTimeMs"] = Text((long)backpressured / 4),
            ["maxHardBackPressureTimeMs"] = "0",
            ["isBackPressured"] = backpressured > 100 ? "true" : "false",
            ["mailboxQueueSize"] = "0",
            ["mailboxMailsPerSecond"] = Real(2.4),
            ["initializationTime"] = "400",
            ["checkpointStartDelayNanos"] = Text(2_000_000 + (long)(flow.Backpressured * 8e9)),
            ["Shuffle.Netty.Output.Buffers.outPoolUsage"] = Real(flow.Backpressured > 0.1 ? 1 : flow.Busy * 0.2),
            ["Shuffle.Netty.Input.Buffers.inPoolUsage"] = Real(flow.Busy > 0.9 ? 1 : flow.Busy * 0.3),
        };
        if (release.AtLeast20) (metrics["numFiredTimers"], metrics["numFiredTimersPerSecond"]) = ("0", "0.0");
        if (!release.IsTwo) (metrics["buffers.outPoolUsage"], metrics["buffers.inPoolUsage"]) = (metrics["Shuffle.Netty.Output.Buffers.outPoolUsage"], metrics["Shuffle.Netty.Input.Buffers.inPoolUsage"]);
        if (!vertex.IsSource)
        {
            metrics["currentInputWatermark"] = Text(watermark);
            metrics["checkpointAlignmentTime"] = Text(1_000_000 + (long)(flow.Backpressured * 2e9));
            return metrics;
        }
        Source(metrics, job, vertex, subtask, parallelism, flow, watermark, now);
        return metrics;
    }

    private static void Source(Dictionary<string, string> metrics, FlinkJob job, PlanVertex vertex, int subtask, int parallelism, VertexFlow flow, long watermark, DateTimeOffset now)
    {
        var operatorName = Sanitize(vertex.Name.Split(" -> ")[0]);
        var backlog = job.Backlog(now) * job.Share(vertex) / parallelism;
        var lag = backlog <= flow.RateOut ? 250 : backlog / Math.Max(1, job.InputRate(now) / parallelism) * 1000;
        metrics[$"{operatorName}.numRecordsIn"] = Text((long)flow.RecordsOut);
        metrics[$"{operatorName}.numRecordsInPerSecond"] = Real(flow.RateOut);
        metrics[$"{operatorName}.numRecordsOut"] = Text((long)flow.RecordsOut);
        metrics[$"{operatorName}.numRecordsOutPerSecond"] = Real(flow.RateOut);
        metrics[$"{operatorName}.numRecordsInErrors"] = "0";
        metrics[$"{operatorName}.pendingRecords"] = Text((long)backlog);
        metrics[$"{operatorName}.currentOutputWatermark"] = Text(watermark);
        metrics[$"{operatorName}.currentEmitEventTimeLag"] = Text((long)lag);
        metrics[$"{operatorName}.watermarkLag"] = Text((long)lag + 1000);
        metrics[$"{operatorName}.sourceIdleTime"] = "0";
        var topic = Sanitize(job.Name).Replace('-', '_');
        var perPartition = job.Consumed(now) / job.Traits.Partitions;
        for (var partition = subtask; partition < job.Traits.Partitions; partition += parallelism)
        {
            var prefix = $"{operatorName}.KafkaSourceReader.topic.{topic}.partition.{partition}.";
            metrics[prefix + "currentOffset"] = Text((long)perPartition);
            metrics[prefix + "committedOffset"] = Text((long)Math.Max(-1, (job.LastCheckpoint?.Consumed ?? 0) / job.Traits.Partitions));
        }
    }

    public static Dictionary<string, string> TaskManager(FlinkProcess process, TaskManager task, FlinkRelease release, DateTimeOffset now)
    {
        var (_, memory) = process.View.Resources("taskManager");
        var split = MemorySplit.Of(memory);
        var metrics = Machine(now, task.Started ?? now, split.Heap);
        metrics["Status.Flink.Memory.Managed.Total"] = Text(split.Managed);
        metrics["Status.Flink.Memory.Managed.Used"] = Text(split.Managed / 3);
        metrics["Status.Shuffle.Netty.TotalMemory"] = Text(split.Network);
        metrics["Status.Shuffle.Netty.UsedMemory"] = Text(48 * 32_768);
        metrics["Status.Shuffle.Netty.AvailableMemory"] = Text(split.Network - 48 * 32_768);
        metrics["Status.Shuffle.Netty.RequestedMemoryUsage"] = "14";
        if (!release.IsTwo) metrics["Status.Network.TotalMemorySegments"] = Text(split.Network / 32_768);
        return metrics;
    }

    public static Dictionary<string, string> JobManager(FlinkProcess process, DateTimeOffset now)
    {
        var metrics = Machine(now, process.RestSince, 448 << 20);
        metrics["numRegisteredTaskManagers"] = Text(process.Tasks.Ready.Count());
        metrics["numRunningJobs"] = Text(process.Jobs.Count(j => !j.IsTerminal));
        metrics["taskSlotsAvailable"] = Text(process.Tasks.FreeSlots);
        metrics["taskSlotsTotal"] = Text(process.Tasks.Ready.Count() * process.View.Slots);
        return metrics;
    }

    private static Dictionary<string, string> Machine(DateTimeOffset now, DateTimeOffset since, long heap)
    {
        var seconds = Math.Max(0, (now - since).TotalSeconds);
        var wave = 0.5 + 0.5 * Math.Sin(seconds / 23);
        return new()
        {
            ["Status.JVM.CPU.Load"] = Real(Math.Round(0.05 + 0.2 * wave, 4)),
            ["Status.JVM.CPU.Time"] = Text((long)(seconds * 0.21e9)),
            ["Status.JVM.Memory.Heap.Used"] = Text((long)(heap * (0.35 + 0.3 * wave))),
            ["Status.JVM.Memory.Heap.Committed"] = Text(heap),
            ["Status.JVM.Memory.Heap.Max"] = Text(heap),
            ["Status.JVM.Memory.NonHeap.Used"] = "96468992",
            ["Status.JVM.Memory.Metaspace.Used"] = "71303168",
            ["Status.JVM.Memory.Direct.MemoryUsed"] = "87653421",
            ["Status.JVM.Threads.Count"] = "64",
            ["Status.JVM.ClassLoader.ClassesLoaded"] = "12871",
            ["Status.JVM.GarbageCollector.G1_Young_Generation.Count"] = Text(3 + (long)(seconds / 9)),
            ["Status.JVM.GarbageCollector.G1_Young_Generation.Time"] = Text(33 + (long)(seconds / 9 * 11)),
            ["Status.JVM.GarbageCollector.G1_Old_Generation.Count"] = "0",
            ["Status.JVM.GarbageCollector.G1_Old_Generation.Time"] = "0",
        };
    }

    private static long Watermark(FlinkJob job, DateTimeOffset now) => job.RunningSince is null || job.Name.Contains("totals", StringComparison.Ordinal)
        ? long.MinValue
        : now.ToUnixTimeMilliseconds() - 1000 - (long)(job.Backlog(now) / Math.Max(1, job.InputRate(now)) * 1000);

    private static double Skew(List<double> values)
    {
        var average = values.Average();
        return average == 0 ? 0 : Math.Min(100, values.Average(v => Math.Abs(v - average)) / average * 100);
    }

    private static string Sanitize(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' ? c : '_'));

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Real(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e15 ? value.ToString("0.0", CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture);

    private static long Millis(TimeSpan time) => (long)time.TotalMilliseconds;
}

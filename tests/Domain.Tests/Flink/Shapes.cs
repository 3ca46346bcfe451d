using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Shouldly;

namespace Sluice.Domain.Tests.Flink;

/// <summary>
/// Says for every property of every record which field of Flink's answer it holds, and compares the two. It reads the raw JSON by itself, not with the client's readers.
/// Kinds: s text, S text never null, n whole number (-1 is null), N never null, t epoch milliseconds, d milliseconds, b boolean, B absent is false, r real number,
/// c counter (0 is null while incomplete), place (host or endpoint), counts/times/spans maps, {X} object, [X] list, - asserted elsewhere.
/// </summary>
internal static class Shapes
{
    private static readonly Dictionary<string, string> Maps = new()
    {
        ["Overview"] = "TaskManagers=taskmanagers:n SlotsTotal=slots-total:n SlotsAvailable=slots-available:n JobsRunning=jobs-running:n JobsFinished=jobs-finished:n JobsCancelled=jobs-cancelled:n JobsFailed=jobs-failed:n FlinkVersion=flink-version:s FlinkCommit=flink-commit:s",
        ["Info"] = "FlinkVersion=flink-version:s FlinkRevision=flink-revision:s RefreshInterval=refresh-interval:d TimeZone=timezone-name:s TimeZoneOffset=timezone-offset:d CanSubmit=features/web-submit:B CanCancel=features/web-cancel:B CanRescale=features/web-rescale:B IsHistoryServer=features/web-history:B",
        ["Summary"] = "Id=jid:S Name=name:S State=state:S StartedAt=start-time:t EndedAt=end-time:t Duration=duration:d ModifiedAt=last-modification:t Tasks=tasks:counts",
        ["Job"] = "Id=jid:S Name=name:S State=state:S Type=job-type:s StartedAt=start-time:t EndedAt=end-time:t Duration=duration:d Now=now:t MaxParallelism=maxParallelism:n Timestamps=timestamps:times StatusCounts=status-counts:counts Vertices=vertices:[Vertex] Plan=plan:{Plan}",
        ["Vertex"] = "Id=id:S Name=name:S State=status:S Parallelism=parallelism:N MaxParallelism=maxParallelism:n StartedAt=start-time:t EndedAt=end-time:t Duration=duration:d Tasks=tasks:counts Io=metrics:{Io} SlotSharingGroup=slotSharingGroupId:s",
        ["Io"] = "ReadBytes=read-bytes:c WriteBytes=write-bytes:c ReadRecords=read-records:c WriteRecords=write-records:c Complete=-:- Backpressured=accumulated-backpressured-time:d Idle=accumulated-idle-time:d Busy=accumulated-busy-time:d",
        ["Plan"] = "Type=type:s Nodes=nodes:[Node]",
        ["Node"] = "Id=id:S Parallelism=parallelism:n Description=description:html Inputs=inputs:[Input]",
        ["Input"] = "From=id:S Number=num:n ShipStrategy=ship_strategy:s Exchange=exchange:s",
        ["Config"] = "Id=jid:S Name=name:S RestartStrategy=execution-config/restart-strategy:s Parallelism=execution-config/job-parallelism:n ObjectReuse=execution-config/object-reuse-mode:b ExecutionMode=execution-config/execution-mode:s UserConfig=execution-config/user-config:texts",
        ["Statistics"] = "Total=counts/total:n InProgress=counts/in_progress:n Completed=counts/completed:n Failed=counts/failed:n Restored=counts/restored:n LatestCompleted=latest/completed:{Checkpoint} LatestSavepoint=latest/savepoint:{Checkpoint} LatestFailed=latest/failed:{Checkpoint} LatestRestored=latest/restored:{Restored} History=history:[Checkpoint] Summary=summary:{CheckpointSummary} LastCompletedAt=latest/completed/latest_ack_timestamp:t",
        ["Checkpoint"] = "Id=id:N State=status:S IsSavepoint=is_savepoint:B Type=checkpoint_type:s SavepointFormat=savepointFormat:s TriggeredAt=trigger_timestamp:t LatestAckAt=latest_ack_timestamp:t Duration=end_to_end_duration:d CheckpointedSize=checkpointed_size:n StateSize=state_size:n ProcessedData=processed_data:n PersistedData=persisted_data:n Subtasks=num_subtasks:n AcknowledgedSubtasks=num_acknowledged_subtasks:n ExternalPath=external_path:s Discarded=discarded:b FailedAt=failure_timestamp:t FailureMessage=failure_message:s Vertices=tasks:<CheckpointVertex> Restorable=-:-",
        ["Restored"] = "Id=id:N RestoredAt=restore_timestamp:t IsSavepoint=is_savepoint:B ExternalPath=external_path:s",
        ["CheckpointSummary"] = "CheckpointedSize=checkpointed_size:{Stat} StateSize=state_size:{Stat} Duration=end_to_end_duration:{Stat} ProcessedData=processed_data:{Stat} PersistedData=persisted_data:{Stat}",
        ["Stat"] = "Min=min:n Max=max:n Avg=avg:n P50=p50:r P90=p90:r P95=p95:r P99=p99:r P999=p999:r",
        ["CheckpointVertex"] = "CheckpointId=id:N State=status:S LatestAckAt=latest_ack_timestamp:t Duration=end_to_end_duration:d CheckpointedSize=checkpointed_size:n StateSize=state_size:n ProcessedData=processed_data:n PersistedData=persisted_data:n SubtaskCount=num_subtasks:n AcknowledgedSubtasks=num_acknowledged_subtasks:n Subtasks=subtasks:[CheckpointSubtask] Summary=summary:{CheckpointVertexSummary}",
        ["CheckpointVertexSummary"] = "CheckpointedSize=checkpointed_size:{Stat} StateSize=state_size:{Stat} Duration=end_to_end_duration:{Stat} Sync=checkpoint_duration/sync:{Stat} Async=checkpoint_duration/async:{Stat} AlignmentProcessed=alignment/processed:{Stat} AlignmentPersisted=alignment/persisted:{Stat} Alignment=alignment/duration:{Stat} StartDelay=start_delay:{Stat}",
        ["CheckpointSubtask"] = "Index=index:N Acknowledged=-:- AckAt=ack_timestamp:t Duration=end_to_end_duration:d CheckpointedSize=checkpointed_size:n StateSize=state_size:n Sync=checkpoint/sync:d Async=checkpoint/async:d AlignmentProcessed=alignment/processed:n AlignmentPersisted=alignment/persisted:n Alignment=alignment/duration:d StartDelay=start_delay:d Unaligned=unaligned_checkpoint:b Aborted=aborted:b",
        ["CheckpointConfig"] = "Mode=mode:s Interval=interval:d Timeout=timeout:d MinPause=min_pause:d MaxConcurrent=max_concurrent:n Externalized=externalization/enabled:b DeleteOnCancellation=externalization/delete_on_cancellation:b StateBackend=state_backend:s Storage=checkpoint_storage:s Unaligned=unaligned_checkpoints:b AlignedTimeout=aligned_checkpoint_timeout:d TolerableFailures=tolerable_failed_checkpoints:n AfterTasksFinish=checkpoints_after_tasks_finish:b Changelog=state_changelog_enabled:b ChangelogStorage=changelog_storage:s ChangelogInterval=changelog_periodic_materialization_interval:d",
        ["VertexDetails"] = "Id=id:S Name=name:S Parallelism=parallelism:N MaxParallelism=maxParallelism:n Now=now:t Subtasks=subtasks:[Subtask]",
        ["Subtask"] = "Index=subtask:N State=status:S Attempt=attempt:n Endpoint=endpoint|host:place TaskManagerId=taskmanager-id:place StartedAt=start-time:t EndedAt=end-time:t Duration=duration:d Io=metrics:{Io} StateDurations=status-duration:spans",
        ["SubtaskTimes"] = "Index=subtask:N Endpoint=endpoint|host:place Duration=duration:d Timestamps=timestamps:times",
        ["VertexTaskManager"] = "TaskManagerId=taskmanager-id:place Endpoint=endpoint|host:place State=status:S StartedAt=start-time:t EndedAt=end-time:t Duration=duration:d StatusCounts=status-counts:counts Io=metrics:{Io}",
        ["BackPressure"] = "Level=backpressureLevel:s FetchedAt=end-timestamp:t Subtasks=subtasks:[SubtaskBackPressure]",
        ["SubtaskBackPressure"] = "Index=subtask:N Level=backpressure-level:s Backpressured=ratio:r Idle=idleRatio:r Busy=busyRatio:r",
        ["TaskManager"] = "Id=id:S Path=path:s DataPort=dataPort:n LastHeartbeatAt=timeSinceLastHeartbeat:t Slots=slotsNumber:n FreeSlots=freeSlots:n Total=totalResource:{Resources} Free=freeResource:{Resources} CpuCores=hardware/cpuCores:n PhysicalMemory=hardware/physicalMemory:n HeapSize=hardware/freeMemory:n ManagedMemory=hardware/managedMemory:n Memory=memoryConfiguration:{Memory} Usage=metrics:{Usage} JobsOfSlots=-:- Blocked=blocked:B",
        ["Resources"] = "CpuCores=cpuCores:r TaskHeap=taskHeapMemory:n TaskOffHeap=taskOffHeapMemory:n Managed=managedMemory:n Network=networkMemory:n",
        ["Memory"] = "FrameworkHeap=frameworkHeap:n TaskHeap=taskHeap:n FrameworkOffHeap=frameworkOffHeap:n TaskOffHeap=taskOffHeap:n Network=networkMemory:n Managed=managedMemory:n Metaspace=jvmMetaspace:n Overhead=jvmOverhead:n TotalFlink=totalFlinkMemory:n TotalProcess=totalProcessMemory:n",
        ["Usage"] = "HeapUsed=heapUsed:n HeapCommitted=heapCommitted:n HeapMax=heapMax:n NonHeapUsed=nonHeapUsed:n NonHeapCommitted=nonHeapCommitted:n NonHeapMax=nonHeapMax:n DirectUsed=directUsed:n DirectMax=directMax:n NetworkUsed=nettyShuffleMemoryUsed:n NetworkTotal=nettyShuffleMemoryTotal:n Collections=garbageCollectors:[Collector]",
        ["Collector"] = "Name=name:S Count=count:n Time=time:d",
        ["LogFile"] = "Name=name:S Size=size:n ModifiedAt=mtime:t",
    };

    public static void Compare(string shape, JsonElement raw, object? record, string where)
    {
        record.ShouldNotBeNull(where);
        var fields = Maps[shape].Split(' ').Select(static text => text.Split('=', ':')).ToDictionary(static parts => parts[0], static parts => (Path: parts[1], Kind: parts[2]));
        foreach (var property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            fields.ShouldContainKey(property.Name, $"{shape} has a property that no test compares");
            var (path, kind) = fields[property.Name];
            if (kind != "-") Check(kind, raw, path, property.GetValue(record), $"{where}: {shape}.{property.Name}");
        }
    }

    public static JsonElement At(JsonElement raw, string path)
    {
        foreach (var name in path.Split('/'))
            if (raw.ValueKind != JsonValueKind.Object || !raw.TryGetProperty(name, out raw) || raw.ValueKind == JsonValueKind.Null)
                return default;
        return raw;
    }

    private static void Check(string kind, JsonElement raw, string path, object? value, string where)
    {
        if (kind == "place")
        {
            var place = path.Split('|').Select(name => At(raw, name)).FirstOrDefault(static e => e.ValueKind == JsonValueKind.String);
            value.ShouldBe(place.ValueKind == JsonValueKind.String && place.GetString() != "(unassigned)" ? place.GetString() : null, where);
            return;
        }
        var field = At(raw, path);
        var there = field.ValueKind != JsonValueKind.Undefined;
        switch (kind)
        {
            case "s": value.ShouldBe(there ? field.GetString() : null, where); break;
            case "S": value.ShouldBe(field.GetString(), where); break;
            case "b": value.ShouldBe(there ? field.GetBoolean() : null, where); break;
            case "B": value.ShouldBe(there && field.GetBoolean(), where); break;
            case "n": Number(value).ShouldBe(there && Raw(field) is >= 0 and var n ? n : null, where); break;
            case "N": Number(value).ShouldBe(field.GetInt64(), where); break;
            case "r": Number(value).ShouldBe(there ? Raw(field) : null, where); break;
            case "c": Number(value).ShouldBe(there && !(field.GetInt64() == 0 && !raw.GetProperty(path + "-complete").GetBoolean()) ? field.GetInt64() : null, where); break;
            case "t": (value as DateTimeOffset?)?.ToUnixTimeMilliseconds().ShouldBe(field.GetInt64(), where); (value is null).ShouldBe(!there || field.GetInt64() <= 0, where); break;
            case "d": (value as TimeSpan?)?.TotalMilliseconds.ShouldBe(Raw(field)!.Value, where); (value is null).ShouldBe(!there || Raw(field) is null or < 0 or > 9e18, where); break;
            case "html": ((string)value!).Replace("\n", "", StringComparison.Ordinal).ShouldBe(System.Net.WebUtility.HtmlDecode((field.GetString() ?? "").Replace("<br/>", "", StringComparison.Ordinal)).Trim(), where); break;
            case "counts" or "times" or "spans" or "texts": Map(kind, field, (IDictionary)value!, where); break;
            default: Nested(kind, field, value, where); break;
        }
    }

    private static void Nested(string kind, JsonElement field, object? value, string where)
    {
        var (shape, there) = (kind[1..^1], field.ValueKind != JsonValueKind.Undefined);
        if (kind[0] == '{')
        {
            if (there) Compare(shape, field, value, where);
            else if (value is not null && shape is not ("Stat" or "Memory" or "Io" or "Plan" or "CheckpointSummary")) value.ShouldBeNull(where);
        }
        else if (kind[0] == '[')
        {
            var records = ((IEnumerable)value!).Cast<object>().ToList();
            records.Count.ShouldBe(there ? field.GetArrayLength() : 0, where);
            for (var i = 0; i < records.Count; i++) Compare(shape, field[i], records[i], $"{where}[{i}]");
        }
        else
        {
            var records = (IDictionary)value!;
            records.Count.ShouldBe(there ? field.EnumerateObject().Count() : 0, where);
            if (there) foreach (var entry in field.EnumerateObject()) Compare(shape, entry.Value, records[entry.Name], $"{where}.{entry.Name}");
        }
    }

    private static void Map(string kind, JsonElement field, IDictionary map, string where)
    {
        var expected = field.ValueKind == JsonValueKind.Undefined ? [] : field.EnumerateObject()
            .Where(entry => kind == "texts" || (kind == "times" ? entry.Value.GetInt64() > 0 : entry.Value.GetInt64() >= 0)).ToList();
        map.Keys.Cast<string>().Order().ShouldBe(expected.Select(static entry => entry.Name).Order(), where);
        foreach (var entry in expected)
        {
            object wanted = kind switch
            {
                "counts" => entry.Value.GetInt32(),
                "times" => DateTimeOffset.FromUnixTimeMilliseconds(entry.Value.GetInt64()),
                "spans" => TimeSpan.FromMilliseconds(entry.Value.GetInt64()),
                _ => entry.Value.ToString(),
            };
            map[entry.Name].ShouldBe(wanted, $"{where}.{entry.Name}");
        }
    }

    private static double? Number(object? value) => value is null ? null : Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static double? Raw(JsonElement field) => field.ValueKind == JsonValueKind.Number ? field.GetDouble() : null;
}

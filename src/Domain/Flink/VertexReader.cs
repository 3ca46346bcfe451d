using System.Globalization;
using System.Text.Json;

namespace Sluice.Domain.Flink;

/// <summary>Reads Flink's answers about vertices, subtasks and TaskManagers.</summary>
internal static class VertexReader
{
    public static VertexDetails Details(JsonElement e) => new(
        e.String("id") ?? "", e.String("name") ?? "", e.Count("parallelism") ?? 0, e.Count("maxParallelism"), e.Time("now"),
        [.. e.Items("subtasks").Select(Subtask).OrderBy(static subtask => subtask.Index)]);

    public static IReadOnlyList<SubtaskTimes> Times(JsonElement e) =>
        [.. e.Items("subtasks").Select(static s => new SubtaskTimes(s.Count("subtask") ?? 0, s.Place("endpoint", "host"), s.Span("duration"), s.Times("timestamps")))];

    public static IReadOnlyList<VertexTaskManager> TaskManagers(JsonElement e) => [.. e.Items("taskmanagers").Select(static t => new VertexTaskManager(
        t.Place("taskmanager-id"), t.Place("endpoint", "host"), t.String("status") ?? "", t.Time("start-time"), t.Time("end-time"), t.Span("duration"),
        t.Counts("status-counts"), JobReader.Io(t.At("metrics"))))];

    public static BackPressure BackPressure(JsonElement e) => new(
        e.String("backpressureLevel") ?? e.String("backpressure-level"), e.Time("end-timestamp"),
        [.. e.Items("subtasks").Select(static s => new SubtaskBackPressure(
            s.Count("subtask") ?? 0, s.String("backpressureLevel") ?? s.String("backpressure-level"), Ratio(s, "ratio"), Ratio(s, "idleRatio"), Ratio(s, "busyRatio")))]);

    public static IReadOnlyDictionary<int, long?> Watermarks(JsonElement e)
    {
        var watermarks = new SortedDictionary<int, long?>();
        foreach (var item in e.Items())
        {
            if (item.String("id") is not { } id || !int.TryParse(id.Split('.', 2)[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)) continue;
            watermarks[index] = long.TryParse(item.String("value"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value is not (long.MinValue or long.MaxValue) ? value : null;
        }
        return watermarks;
    }

    public static MetricAggregate Aggregate(JsonElement e)
    {
        var name = e.String("id") ?? "";
        double? Number(string part) => e.Real(part) is { } value ? FlinkNumbers.Metric(name, value) : null;
        // Flink adds up the -1s of those that do not know: every number but the largest is wrong then.
        var unknown = e.Real("min") is -1 && Number("min") is null;
        return unknown
            ? new MetricAggregate(null, Number("max"), null, null, null)
            : new MetricAggregate(Number("min"), Number("max"), Number("avg"), Number("sum"), Number("skew"));
    }

    public static TaskManagerInfo TaskManager(JsonElement e)
    {
        var hardware = e.At("hardware");
        return new TaskManagerInfo(
            e.String("id") ?? "", e.String("path"), e.Count("dataPort"), e.Time("timeSinceLastHeartbeat"), e.Count("slotsNumber"), e.Count("freeSlots"),
            Resources(e.At("totalResource")), Resources(e.At("freeResource")), hardware.Count("cpuCores"), hardware.Whole("physicalMemory"), hardware.Whole("freeMemory"), hardware.Whole("managedMemory"),
            Memory(e.At("memoryConfiguration")), e.At("metrics") is { ValueKind: JsonValueKind.Object } usage ? Usage(usage) : null,
            [.. e.Items("allocatedSlots").Select(static slot => slot.String("jobId") ?? "")], e.Bool("blocked") == true);
    }

    private static Subtask Subtask(JsonElement e) => new(
        e.Count("subtask") ?? 0, e.String("status") ?? "", e.Count("attempt"), e.Place("endpoint", "host"), e.Place("taskmanager-id"),
        e.Time("start-time"), e.Time("end-time"), e.Span("duration"), JobReader.Io(e.At("metrics")), e.Spans("status-duration"));

    private static double? Ratio(JsonElement e, string name) => e.Real(name) is >= 0 and var ratio ? ratio : null;

    private static SlotResources? Resources(JsonElement e) => e.ValueKind != JsonValueKind.Object || e.Real("cpuCores") is null or < 0
        ? null
        : new SlotResources(e.Real("cpuCores"), e.Whole("taskHeapMemory"), e.Whole("taskOffHeapMemory"), e.Whole("managedMemory"), e.Whole("networkMemory"));

    private static TaskManagerMemory Memory(JsonElement e) => new(
        e.Whole("frameworkHeap"), e.Whole("taskHeap"), e.Whole("frameworkOffHeap"), e.Whole("taskOffHeap"), e.Whole("networkMemory"), e.Whole("managedMemory"),
        e.Whole("jvmMetaspace"), e.Whole("jvmOverhead"), e.Whole("totalFlinkMemory"), e.Whole("totalProcessMemory"));

    private static TaskManagerUsage Usage(JsonElement e) => new(
        e.Whole("heapUsed"), e.Whole("heapCommitted"), e.Whole("heapMax"), e.Whole("nonHeapUsed"), e.Whole("nonHeapCommitted"), e.Whole("nonHeapMax"),
        e.Whole("directUsed"), e.Whole("directMax"), e.Whole("nettyShuffleMemoryUsed"), e.Whole("nettyShuffleMemoryTotal"),
        [.. e.Items("garbageCollectors").Select(static gc => new GarbageCollector(gc.String("name") ?? "", gc.Whole("count"), gc.Span("time")))]);
}

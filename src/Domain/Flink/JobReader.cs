using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sluice.Domain.Access;

namespace Sluice.Domain.Flink;

/// <summary>Reads Flink's answers about the JobManager and its jobs.</summary>
internal static partial class JobReader
{
    public static JobManagerOverview Overview(JsonElement e) => new(
        e.Count("taskmanagers"), e.Count("slots-total"), e.Count("slots-available"),
        e.Count("jobs-running"), e.Count("jobs-finished"), e.Count("jobs-cancelled"), e.Count("jobs-failed"),
        e.String("flink-version"), e.String("flink-commit"));

    public static JobManagerInfo Info(JsonElement e)
    {
        var features = e.At("features");
        // A zone west of Greenwich is negative, so -1 is no special value here.
        var offset = e.Real("timezone-offset") is { } millis ? TimeSpan.FromMilliseconds(millis) : (TimeSpan?)null;
        return new JobManagerInfo(
            e.String("flink-version"), e.String("flink-revision"), e.Span("refresh-interval"), e.String("timezone-name"), offset,
            features.Bool("web-submit") == true, features.Bool("web-cancel") == true, features.Bool("web-rescale") == true, features.Bool("web-history") == true);
    }

    public static JobSummary Summary(JsonElement e) => new(
        e.String("jid") ?? "", e.String("name") ?? "", e.String("state") ?? "",
        e.Time("start-time"), e.Time("end-time"), e.Span("duration"), e.Time("last-modification"), e.Counts("tasks"));

    public static FlinkJob Job(JsonElement e) => new(
        e.String("jid") ?? "", e.String("name") ?? "", e.String("state") ?? "", e.String("job-type"),
        e.Time("start-time"), e.Time("end-time"), e.Span("duration"), e.Time("now"), e.Count("maxParallelism"),
        e.Times("timestamps"), e.Counts("status-counts"), [.. e.Items("vertices").Select(Vertex)], Plan(e.At("plan")));

    public static VertexIo Io(JsonElement e) => new(
        Counter(e, "read-bytes"), Counter(e, "write-bytes"), Counter(e, "read-records"), Counter(e, "write-records"),
        e.Bool("read-bytes-complete") == true && e.Bool("write-bytes-complete") == true && e.Bool("read-records-complete") == true && e.Bool("write-records-complete") == true,
        e.Span("accumulated-backpressured-time"), e.Span("accumulated-idle-time"), e.Span("accumulated-busy-time"));

    public static JobConfig Config(JsonElement e)
    {
        var execution = e.At("execution-config");
        var user = new Dictionary<string, string>();
        if (execution.At("user-config") is { ValueKind: JsonValueKind.Object } map)
            foreach (var property in map.EnumerateObject())
                user[property.Name] = Redactor.RedactValue(property.Name, property.Value.ToString());
        return new JobConfig(
            e.String("jid") ?? "", e.String("name") ?? "", execution.String("restart-strategy"), execution.Count("job-parallelism"),
            execution.Bool("object-reuse-mode"), execution.String("execution-mode"), user);
    }

    public static JobResult Result(JsonElement e)
    {
        var result = e.At("job-execution-result");
        return new JobResult(e.At("status").String("id") == "COMPLETED", result.String("application-status"), result.Span("net-runtime"), Failure(result.At("failure-cause")));
    }

    public static TriggerResult Trigger(JsonElement e)
    {
        var operation = e.At("operation");
        var failure = Failure(operation.At("failure-cause")) ?? Failure(operation.At("failureCause"));
        return new TriggerResult(e.At("status").String("id") == "COMPLETED", operation.String("location"), operation.Whole("checkpointId"), failure);
    }

    public static JobExceptions Exceptions(JsonElement e)
    {
        var history = e.At("exceptionHistory");
        var entries = history.Items("entries").Select(Exception).ToList();
        // Before 2.0 the same failures stand a second time beside the history; there they are all that old servers have.
        var known = entries.SelectMany(static entry => entry.Concurrent.Prepend(entry)).Select(static entry => entry.At).ToHashSet();
        foreach (var old in e.Items("all-exceptions").Select(OldException).Append(RootException(e)).OfType<JobException>())
            if (known.Add(old.At))
                entries.Add(old);
        return new JobExceptions([.. entries.OrderByDescending(static entry => entry.At ?? DateTimeOffset.MinValue)], history.Bool("truncated") == true || e.Bool("truncated") == true);
    }

    public static JobPlan Plan(JsonElement e) => new(e.String("type"), [.. e.Items("nodes").Select(Node)]);

    private static JobVertex Vertex(JsonElement e) => new(
        e.String("id") ?? "", e.String("name") ?? "", e.String("status") ?? "", e.Count("parallelism") ?? 0, e.Count("maxParallelism"),
        e.Time("start-time"), e.Time("end-time"), e.Span("duration"), e.Counts("tasks"), Io(e.At("metrics")), e.String("slotSharingGroupId"));

    // 0 from subtasks that have no metric yet is "not known", not "nothing read".
    private static long? Counter(JsonElement e, string name) => e.Whole(name) is { } value && (value > 0 || e.Bool(name + "-complete") != false) ? value : null;

    private static PlanNode Node(JsonElement e) => new(
        e.String("id") ?? "", e.Count("parallelism"), PlainText(e.String("description")),
        [.. e.Items("inputs").Select(static input => new PlanInput(input.String("id") ?? "", input.Count("num"), input.String("ship_strategy"), input.String("exchange")))]);

    private static string PlainText(string? html) => html is null ? "" : WebUtility.HtmlDecode(Break().Replace(html, "\n")).Trim();

    private static JavaThrowable? Failure(JsonElement e) => e.String("stack-trace") is { } trace ? JavaThrowable.Parse(trace)
        : e.String("class") is { } name ? JavaThrowable.Parse(name)
        : null;

    private static JobException Exception(JsonElement e) => new(
        e.Time("timestamp"), Throwable(e.String("exceptionName"), e.String("stacktrace")), e.String("taskName"), e.Place("endpoint", "location"), Assigned(e.String("taskManagerId")),
        Labels(e.At("failureLabels")), [.. e.Items("concurrentExceptions").Select(Exception)]);

    private static JobException OldException(JsonElement e) => new(
        e.Time("timestamp"), JavaThrowable.Parse(e.String("exception")), e.String("task"), e.Place("endpoint", "location"), Assigned(e.String("taskManagerId")), Labels(default), []);

    private static JobException? RootException(JsonElement e) => e.String("root-exception") is { Length: > 0 } text
        ? new JobException(e.Time("timestamp"), JavaThrowable.Parse(text), null, null, null, Labels(default), [])
        : null;

    private static JavaThrowable Throwable(string? className, string? trace)
    {
        var throwable = JavaThrowable.Parse(string.IsNullOrEmpty(trace) ? className : trace);
        return throwable.ClassName.Length > 0 || className is null ? throwable : throwable with { ClassName = className, RootClass = className };
    }

    private static string? Assigned(string? id) => id is null or "" or "(unassigned)" ? null : id;

    private static Dictionary<string, string> Labels(JsonElement e)
    {
        var labels = new Dictionary<string, string>();
        if (e.ValueKind == JsonValueKind.Object)
            foreach (var property in e.EnumerateObject())
                labels[property.Name] = property.Value.ToString();
        return labels;
    }

    [GeneratedRegex(@"<br\s*/?>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Break();
}

using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>The operator's rules for memory, CPU and replicas of JobManager (18-22) and TaskManagers (23).</summary>
internal static class ResourceRules
{
    private static readonly string[] JobManagerSizes = ["jobmanager.memory.process.size", "jobmanager.memory.flink.size", "jobmanager.memory.heap.size", "jobmanager.heap.size"];
    private static readonly string[] TaskManagerSizes = ["taskmanager.memory.process.size", "taskmanager.memory.flink.size", "taskmanager.heap.size"];

    public static IReadOnlyList<SpecRule> All { get; } =
    [
        new("18", c => HasMemory(c, "jobManager", "JobManager", "18", JobManagerSizes)),
        new("19", c => Parses(c, "jobManager", "JobManager", "19")),
        new("20", c => Requirements(c, "jobManager", "JobManager", "20")),
        new("21", c => Replicas(c, "jobManager", "JobManager", "21")),
        new("22", Standby),
        new("23 (memory)", c => HasMemory(c, "taskManager", "TaskManager", "23", TaskManagerSizes)),
        new("23 (units)", c => Parses(c, "taskManager", "TaskManager", "23")),
        new("23 (requirements)", c => Requirements(c, "taskManager", "TaskManager", "23")),
        new("23 (replicas)", c => c.Job is null ? Replicas(c, "taskManager", "TaskManager", "23") : []),
    ];

    private static IEnumerable<SpecProblem> HasMemory(SpecContext c, string part, string name, string rule, string[] sizes)
    {
        var process = c.Spec.Map(part);
        var resources = process.Map("resources");
        var bySpec = process.Map("resource").At("memory") is not null || resources.Map("requests").At("memory") is not null || resources.Map("limits").At("memory") is not null;
        var byConfig = sizes.Any(s => c.Option(s) is not null) || (part == "taskManager" && c.Option("taskmanager.memory.task.heap.size") is not null && c.Option("taskmanager.memory.managed.size") is not null);
        if (!bySpec && !byConfig)
            yield return SpecContext.Refused(rule, $"spec.{part}.resource.memory", $"The memory of the {name} is missing.", $"Write spec.{part}.resource.memory, for example 2g.",
                $"{name} resource memory must be defined using `spec.{part}.resource.memory` or `spec.{part}.resources.requests.memory`");
    }

    private static IEnumerable<SpecProblem> Parses(SpecContext c, string part, string name, string rule)
    {
        foreach (var (field, words) in new[] { ("memory", "memory"), ("ephemeralStorage", "ephemeral storage") })
        {
            var value = c.Spec.Map(part).Map("resource").At(field);
            if (value is null || (value.Text() is { } text && FlinkUnits.TryMemory(text, out _))) continue;
            yield return SpecContext.Refused(rule, $"spec.{part}.resource.{field}", Bad(value), Fix(value.Text()), $"{name} resource {words} parse error: {value.Text() ?? value.ToJsonString()}");
        }
    }

    private static IEnumerable<SpecProblem> Requirements(SpecContext c, string part, string name, string rule)
    {
        var resources = c.Spec.Map(part).Map("resources");
        foreach (var side in new[] { "requests", "limits" })
        {
            foreach (var (what, value) in resources.Map(side) ?? [])
            {
                var path = SpecPath.Key($"spec.{part}.resources.{side}", what);
                if (value.Text() is not { } text || Amount(what, text) is not { } amount)
                    yield return SpecContext.Refused(rule, path, Bad(value), Fix(value.Text()), $"{name} resource requirements {side} {what} parse error: {value.Text()}");
                else if (what is "cpu" or "memory" && amount <= 0)
                    yield return SpecContext.Refused(rule, path, $"{what} is {text}. It must be more than 0.", "Write a positive amount.", $"{name} resource requirements {side} {what} must be positive: {text}");
                else if (amount < 0)
                    yield return SpecContext.Refused(rule, path, $"{what} is {text}. It must not be negative.", "Write 0 or more.", $"{name} resource requirements {side} {what} must not be negative: {text}");
            }
        }
        foreach (var what in new[] { "cpu", "memory" })
        {
            if (resources.Map("requests").Text(what) is { } request && resources.Map("limits").Text(what) is { } limit && Amount(what, request) is { } low && Amount(what, limit) is { } high && low > high)
                yield return SpecContext.Refused(rule, $"spec.{part}.resources.requests.{what}", $"The {what} request ({request}) is more than its limit ({limit}).", "Lower the request, or raise the limit.", $"{name} resource requirements {what} request ({request}) must not exceed its limit ({limit})");
        }
    }

    private static IEnumerable<SpecProblem> Replicas(SpecContext c, string part, string name, string rule)
    {
        if (DeploymentRules.Whole(c.Spec.Map(part).Text("replicas")) is < 1 and var replicas)
            yield return SpecContext.Refused(rule, $"spec.{part}.replicas", $"{part}.replicas is {replicas}. It must be 1 or more.", "Delete it: the default is 1.", $"{name} replicas should not be configured less than one.");
    }

    private static IEnumerable<SpecProblem> Standby(SpecContext c)
    {
        if (DeploymentRules.Whole(c.Spec.Map("jobManager").Text("replicas")) is > 1 && !c.HasHighAvailability)
            yield return SpecContext.Refused("22", "spec.jobManager.replicas", "There is to be more than one JobManager, and high availability is off.", "Set high-availability.type: kubernetes and high-availability.storageDir, or leave replicas out.", "High availability should be enabled when starting standby JobManagers.");
    }

    private static decimal? Amount(string what, string text)
    {
        if (what == "memory" && FlinkUnits.TryMemorySize(text, out var bytes)) return bytes;
        return FlinkUnits.TryQuantity(text, out var amount) ? amount : null;
    }

    private static string Bad(JsonNode? value)
    {
        var text = value.Text();
        if (text is null) return $"{value.Kind()} is no amount.";
        var unit = text.TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', ' ', '-', '+').Trim();
        return unit.Length > 0 && unit.Length < text.Trim().Length ? $"“{NameRules.Short(unit)}” in “{NameRules.Short(text)}” is no unit." : $"“{NameRules.Short(text)}” is no amount.";
    }

    private static string Fix(string? text)
    {
        var number = new string([.. (text ?? "").Trim().TakeWhile(char.IsAsciiDigit)]);
        if (number.Length is 0 or > 6) number = "4";
        var unit = (text ?? "").Contains('m', StringComparison.OrdinalIgnoreCase) && !(text ?? "").Contains('g', StringComparison.OrdinalIgnoreCase) ? "m" : "g";
        return $"Write {number}{unit} (Flink) or {number}{unit.ToUpperInvariant()}i (Kubernetes).";
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Tests.Operations;

/// <summary>One deployment as the operator sees it: what it took up, and what the job does.</summary>
internal sealed class FakeJob(string name, TimeProvider time, bool snapshots)
{
    public const string Source = "bc4197a480c92c793190a9f8c0afc54c";
    public const string Totals = "8eeed16b661251f13cfc6a3c5e75c420";

    private static readonly TimeSpan Reaction = TimeSpan.FromSeconds(2);
    private readonly string _name = name;
    private long? _observed;
    private JsonObject? _deployed;
    private string? _reconciledState;
    private string? _reconciledMode;
    private string? _path;
    private JsonObject? _manual;
    private long _nonce;
    private DateTimeOffset? _deployedAt;
    private DateTimeOffset? _startedAt;
    private string _lifecycle = "CREATED";
    private string _state = "RECONCILING";
    private string? _error;
    private string? _restore;

    public DateTimeOffset ChangedAt { get; set; }

    public int Starts { get; private set; }

    public int StopSavepoints { get; private set; }

    public int ManualSavepoints { get; private set; }

    public int Drains { get; private set; }

    /// <summary>How often it was scaled without a restart.</summary>
    public int Scalings { get; private set; }

    public string? RestoredFrom { get; private set; }

    /// <summary>Its vertices with what the spec gives them.</summary>
    public IReadOnlyDictionary<string, int> Vertices
    {
        get
        {
            var own = VertexOverrides.Read(_deployed?["flinkConfiguration"]?["pipeline.jobvertex-parallelism-overrides"]?.ToString());
            return new[] { Source, Totals }.ToDictionary(v => v, v => own.GetValueOrDefault(v, (int?)_deployed?["job"]?["parallelism"] ?? 1));
        }
    }

    public string State => _state;

    public DateTimeOffset? StartedAt => _startedAt;

    /// <summary>Set: its sources come to their end at the next look.</summary>
    public bool ComesToItsEnd { get; set; }

    public string JobId => $"{Starts:x32}";

    /// <summary>True where the status changed.</summary>
    public bool Operate(JsonObject stored, FakeCluster cluster)
    {
        var now = time.GetUtcNow();
        var generation = (long)(int)stored["metadata"]!["generation"]!;
        if (_deployedAt is { } deployed && now - deployed > Reaction)
        {
            if (cluster.StartErrorOf(_deployed) is { } error)
            {
                if (_error == error) return generation != _observed && Reconcile(stored, generation, cluster, now);
                _error = error;
                return true;
            }
            (_deployedAt, _startedAt, _state, _lifecycle, _error) = (null, now, "RUNNING", "STABLE", null);
            Starts++;
            RestoredFrom = cluster.RestoreFrom ?? _restore;
            return true;
        }
        if (ComesToItsEnd && _state == "RUNNING")
        {
            (ComesToItsEnd, _state) = (false, "FINISHED");
            return true;
        }
        return generation != _observed && now - ChangedAt > Reaction && Reconcile(stored, generation, cluster, now);
    }

    public JsonObject Status() => new()
    {
        ["lifecycleState"] = _lifecycle,
        ["observedGeneration"] = snapshots ? _observed : null,
        ["error"] = _error,
        ["jobManagerDeploymentStatus"] = _state == "RUNNING" ? "READY" : _lifecycle == "SUSPENDED" ? "MISSING" : "DEPLOYING",
        ["jobStatus"] = new JsonObject
        {
            ["state"] = _state,
            ["jobId"] = _startedAt is null ? null : JobId,
            ["startTime"] = _startedAt?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            ["upgradeSavepointPath"] = snapshots ? _path : null,
            ["savepointInfo"] = snapshots ? null : new JsonObject { ["lastSavepoint"] = _manual?.DeepClone() ?? (_path is null ? null : new JsonObject { ["location"] = _path, ["triggerType"] = "UPGRADE" }) },
        },
        ["reconciliationStatus"] = new JsonObject
        {
            ["state"] = _lifecycle == "UPGRADING" ? "UPGRADING" : "DEPLOYED",
            ["lastReconciledSpec"] = _observed is null ? null : new JsonObject
            {
                ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = _reconciledState, ["upgradeMode"] = _reconciledMode } },
                ["resource_metadata"] = snapshots ? null : new JsonObject { ["metadata"] = new JsonObject { ["generation"] = _observed } },
            }.ToJsonString(),
        },
    };

    private bool Reconcile(JsonObject stored, long generation, FakeCluster cluster, DateTimeOffset now)
    {
        var spec = (JsonObject)stored["spec"]!;
        var job = (JsonObject)spec["job"]!;
        var wanted = (string?)job["state"] ?? "running";
        if (_deployed is null)
        {
            _reconciledMode = "stateless";
            _path = (string?)job["initialSavepointPath"];
            Deploy(spec, wanted, now);
        }
        else if (job["savepointRedeployNonce"] is { } chosen && chosen.ToJsonString() != _deployed["job"]?["savepointRedeployNonce"]?.ToJsonString())
        {
            (_path, _reconciledMode) = ((string?)job["initialSavepointPath"], "savepoint");
            Deploy(spec, wanted, now);
            (_startedAt, _lifecycle) = (null, "STABLE");
        }
        else if (_state == "RUNNING" && wanted == "suspended" && (string?)job["upgradeMode"] is var mode and not "savepoint")
        {
            (_state, _reconciledState, _reconciledMode, _lifecycle) = ("FINISHED", "suspended", mode, "SUSPENDED");
            _path = mode == "stateless" ? null : $"file:/checkpoints/{_name}-chk";
        }
        else if (_state == "RUNNING" && wanted == "running" && !cluster.RefusesScaling && ScalesInPlace(_deployed, spec))
        {
            Scalings++;
            (_deployed, _lifecycle) = ((JsonObject)spec.DeepClone(), "STABLE");
        }
        else if (_state == "RUNNING" && (wanted == "suspended" || Differs(_deployed, spec)))
        {
            if (cluster.Crashes(_deployed))
            {
                // Not every task runs, so no savepoint can be taken: the operator falls back to the last state.
                (_state, _reconciledState, _reconciledMode, _lifecycle) = ("FINISHED", "suspended", "last-state", "UPGRADING");
                Deploy(spec, wanted, now);
                _observed = generation;
                return true;
            }
            if (cluster.StopError is { } error)
            {
                if (_error == error) return false;
                _error = error;
                return true;
            }
            _error = null;
            StopSavepoints++;
            if (spec["flinkConfiguration"]?["kubernetes.operator.job.drain-on-savepoint-deletion"]?.ToString() == "true") Drains++;
            _manual = null;
            (_path, _state, _reconciledState, _reconciledMode) = ($"file:/savepoints/{_name}-stop-{StopSavepoints}", "FINISHED", "suspended", (string?)job["upgradeMode"]);
            _lifecycle = wanted == "suspended" ? "SUSPENDED" : "UPGRADING";
            if (wanted == "running") Deploy(spec, wanted, now);
        }
        else if (_state != "RUNNING" && wanted == "running") Deploy(spec, wanted, now);
        else if (!snapshots && (long?)job["savepointTriggerNonce"] is { } nonce && nonce != _nonce)
        {
            _nonce = nonce;
            ManualSavepoints++;
            _manual = new JsonObject { ["location"] = $"file:/savepoints/{_name}-manual-{ManualSavepoints}", ["triggerNonce"] = nonce, ["triggerType"] = "MANUAL" };
        }
        _observed = generation;
        return true;
    }

    private void Deploy(JsonObject spec, string state, DateTimeOffset now)
    {
        _restore = _path;
        (_deployed, _reconciledState, _state, _deployedAt, _error) = ((JsonObject)spec.DeepClone(), state, "RECONCILING", now, null);
        _lifecycle = _lifecycle == "UPGRADING" ? "UPGRADING" : "DEPLOYED";
    }

    private static bool ScalesInPlace(JsonObject deployed, JsonObject spec) =>
        FingerprintOf(deployed) is var was && FingerprintOf(spec) is var now && was.Item1 == now.Item1 && was.Item2 != now.Item2
        && spec["flinkConfiguration"]?["jobmanager.scheduler"]?.ToString() == "adaptive";

    private static bool Differs(JsonObject deployed, JsonObject spec) => FingerprintOf(deployed) != FingerprintOf(spec);

    private static (ulong, ulong) FingerprintOf(JsonObject spec)
    {
        var copy = (JsonObject)spec.DeepClone();
        if (copy["job"] is JsonObject job) job.Remove("state");
        var record = new FlinkObject(new JsonObject { ["kind"] = "FlinkDeployment", ["metadata"] = new JsonObject { ["name"] = "x" }, ["spec"] = copy }).Record;
        return (record.RolloutFingerprint, record.ScaleFingerprint);
    }
}

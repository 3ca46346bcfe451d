namespace Sluice.Simulator.ApiServer;

/// <summary>Which operator a cluster runs, and what that makes different.</summary>
internal sealed record OperatorVersion(string Tag, bool IsNewest)
{
    public static readonly OperatorVersion V1_7 = new("1.7.0", false);
    public static readonly OperatorVersion Newest = new("1.16.0", true);

    /// <summary>FlinkStateSnapshot and FlinkBlueGreenDeployment, <c>observedGeneration</c> and <c>conditions</c>.</summary>
    public bool HasSnapshots => IsNewest;

    public string Image => "ghcr.io/apache/flink-kubernetes-operator:" + Tag;

    public static OperatorVersion Parse(string tag) => tag switch
    {
        "1.7" or "1.7.0" => V1_7,
        "1.16" or "1.16.0" or "newest" => Newest,
        _ => throw new ArgumentException($"The simulator knows the operators 1.7.0 and 1.16.0, not {tag}."),
    };
}

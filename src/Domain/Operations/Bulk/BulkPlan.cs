using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>What is asked for, with the pipelines.</summary>
/// <param name="Order">What, and how.</param>
/// <param name="Pipelines">To which; frozen when the run is recorded.</param>
public sealed record BulkRequest(BulkOrder Order, IReadOnlyList<PipelineKey> Pipelines)
{
    /// <summary>As many as one run may have.</summary>
    public const int Most = 5000;
}

/// <summary>How many of something.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Pipelines">How many.</param>
public sealed record BulkShare(string Name, int Pipelines);

/// <summary>Why some pipelines are left out.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Pipelines">How many.</param>
/// <param name="Examples">Some of them.</param>
public sealed record BulkLeftOut(string Reason, int Pipelines, IReadOnlyList<PipelineKey> Examples);

/// <summary>One wave as it will run.</summary>
/// <param name="Wave">From 0.</param>
/// <param name="Canary">True for the one that goes alone first.</param>
/// <param name="Pipelines">How many.</param>
/// <param name="Clusters">On how many clusters.</param>
public sealed record BulkPlannedWave(int Wave, bool Canary, int Pipelines, int Clusters);

/// <summary>What it means for one pipeline, asked of its cluster.</summary>
/// <param name="Pipeline">Which.</param>
/// <param name="Plan">The plan of its operation.</param>
public sealed record BulkSample(PipelineKey Pipeline, OperationPlan Plan);

/// <summary>What a run will do, shown before it is recorded.</summary>
/// <param name="Sentence">The whole in one sentence.</param>
/// <param name="Pipelines">How many were chosen.</param>
/// <param name="LeftOut">Those to which nothing will be done, by reason.</param>
/// <param name="Clusters">The others by cluster.</param>
/// <param name="Teams">The others by team.</param>
/// <param name="Waves">The waves in order.</param>
/// <param name="Sample">What it means for the first of them; null where there is none.</param>
/// <param name="Problems">What stands against it: with one of them it is refused.</param>
/// <param name="Cautions">What a person should know, but may accept.</param>
public sealed record BulkPlan(
    string Sentence,
    int Pipelines,
    IReadOnlyList<BulkLeftOut> LeftOut,
    IReadOnlyList<BulkShare> Clusters,
    IReadOnlyList<BulkShare> Teams,
    IReadOnlyList<BulkPlannedWave> Waves,
    BulkSample? Sample,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Cautions)
{
    /// <summary>To how many something will be done.</summary>
    public int Taken => Waves.Sum(w => w.Pipelines);
}

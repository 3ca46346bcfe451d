using System.Text.Json;

namespace Sluice.Domain.Pipelines;

/// <summary>Guesses from the spec alone what kind of program a resource runs; what a team registered goes before the guess.</summary>
internal static class PipelineKindDetector
{
    public static (PipelineKind Kind, bool LooksLikeBeam) Detect(FlinkResource resource, JsonElement job)
    {
        if (!job.IsThere()) return (resource == FlinkResource.Deployment ? PipelineKind.SessionCluster : PipelineKind.Unknown, false);
        var entryClass = job.Text("entryClass") ?? "";
        var jar = job.Text("jarURI") ?? "";
        bool beam = entryClass.StartsWith("org.apache.beam.", StringComparison.Ordinal), python = false, sql = false;

        // A portable Beam pipeline packed as a jar; only SDKs without a Flink runner of their own are packed like that.
        if (entryClass == "org.apache.beam.runners.flink.FlinkPipelineRunner") python = true;
        if (entryClass == "org.apache.flink.client.python.PythonDriver") python = true;
        if (entryClass.EndsWith("SqlRunner", StringComparison.Ordinal) || jar.Contains("sql-runner", StringComparison.OrdinalIgnoreCase)) sql = true;

        var args = job.Member("args");
        if (args.ValueKind == JsonValueKind.Array)
        {
            var previous = "";
            foreach (var item in args.EnumerateArray())
            {
                var arg = item.Text() ?? "";
                var runner = arg.StartsWith("--runner=", StringComparison.OrdinalIgnoreCase) ? arg[9..] : previous.Equals("--runner", StringComparison.OrdinalIgnoreCase) ? arg : "";
                if (runner.EndsWith("FlinkRunner", StringComparison.OrdinalIgnoreCase) || runner.EndsWith("PortableRunner", StringComparison.OrdinalIgnoreCase)) beam = true;
                if (arg.EndsWith(".py", StringComparison.OrdinalIgnoreCase)) python = true;
                if (arg.EndsWith(".sql", StringComparison.OrdinalIgnoreCase)) sql = true;
                previous = arg;
            }
        }
        var kind = beam ? python ? PipelineKind.BeamPython : PipelineKind.BeamJava
            : sql ? PipelineKind.FlinkSql
            : python ? PipelineKind.Unknown
            : entryClass.Length + jar.Length > 0 ? PipelineKind.FlinkJar : PipelineKind.Unknown;
        return (kind, beam);
    }
}

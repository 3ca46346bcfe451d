using System.Diagnostics;
using System.IO.Compression;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Xunit;

namespace Sluice.Contract.Tests.Operations;

/// <summary>The job of <c>Jobs/Ledger.java</c>: its resource, its jar, and what it wrote on the node's disk.</summary>
internal static class LedgerJob
{
    private const int Keys = 10;

    /// <summary>The folder of the real cluster's node that its pods see as <c>/flink-data</c>.</summary>
    private static readonly string NodeData = Path.Combine(Environment.GetEnvironmentVariable("CLUSTER_HOME") ?? "/var/tmp/portal-cluster", "flink-data");

    /// <summary>Its FlinkDeployment.</summary>
    public static string Manifest(PipelineKey key, string arguments, string? savepoints = null) => $$$"""
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata:
          name: {{{key.Name}}}
          namespace: {{{key.Namespace}}}
        spec:
          image: localhost/flink:1.19.3
          imagePullPolicy: IfNotPresent
          flinkVersion: v1_19
          serviceAccount: flink
          flinkConfiguration:
            taskmanager.numberOfTaskSlots: "2"
            kubernetes.jobmanager.cpu.limit-factor: "10"
            kubernetes.taskmanager.cpu.limit-factor: "10"
            execution.checkpointing.interval: 2 s
            execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
            state.checkpoints.dir: file:///flink-data/checkpoints/{{{key.Name}}}
            state.savepoints.dir: {{{savepoints ?? $"file:///flink-data/savepoints/{key.Name}"}}}
            high-availability.type: kubernetes
            high-availability.storageDir: file:///flink-data/ha/{{{key.Name}}}
            jobmanager.scheduler: adaptive
          podTemplate:
            spec:
              containers:
                - name: flink-main-container
                  volumeMounts: [{name: data, mountPath: /flink-data}]
              volumes: [{name: data, hostPath: {path: {{{NodeData}}}, type: Directory}}]
          jobManager: {resource: {memory: 900m, cpu: 0.1}}
          taskManager: {resource: {memory: 1200m, cpu: 0.1}}
          job:
            jarURI: local:///flink-data/ledger/ledger.jar
            entryClass: ledger.Ledger
            args: [{{{string.Join(", ", Arguments(key, arguments))}}}]
            parallelism: 1
            upgradeMode: savepoint
            state: running
        """;

    /// <summary>Puts the jar where the pods find it and takes away what an earlier run of the pipeline wrote; skips the test where the node's disk is not this machine's.</summary>
    public static async Task PrepareAsync(string pipeline)
    {
        Assert.SkipWhen(!Directory.Exists(NodeData), $"needs the disk of the real cluster's node at {NodeData}");
        var ledger = Path.Combine(NodeData, "ledger");
        Directory.CreateDirectory(ledger);
        Open(ledger);
        foreach (var folder in (string[])["ledger", "checkpoints", "savepoints", "ha"])
            if (Path.Combine(NodeData, folder, pipeline) is var old && Directory.Exists(old)) Directory.Delete(old, true);
        await CompileAsync(Path.Combine(ledger, "ledger.jar"));
    }

    private static IEnumerable<string> Arguments(PipelineKey key, string arguments) =>
        $"--out file:///flink-data/ledger/{key.Name} --keys {Keys} {arguments}".Split(' ').Select(a => $"\"{a}\"");

    /// <summary>What the sinks committed. Files that are not committed are hidden.</summary>
    public static JobOutput Read(string pipeline) => JobOutput.Of(Lines(pipeline, "entries"), Lines(pipeline, "windows"), Keys);

    private static IEnumerable<string> Lines(string pipeline, string sink)
    {
        var folder = Path.Combine(NodeData, "ledger", pipeline, sink);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "part-*").SelectMany(File.ReadLines) : [];
    }

    /// <summary>Compiles it with the cluster's own Java, against the Flink that runs it.</summary>
    private static async Task CompileAsync(string jar)
    {
        var home = Path.GetDirectoryName(NodeData)!;
        var classes = Directory.CreateTempSubdirectory("sluice-ledger-");
        try
        {
            var libraries = string.Join(':', Directory.GetFiles(Path.Combine(home, "stack", "flink", "lib"), "flink-*.jar").Where(f => Path.GetFileName(f) is var n && (n.StartsWith("flink-dist", StringComparison.Ordinal) || n.StartsWith("flink-connector-files", StringComparison.Ordinal))));
            var java = Directory.GetFiles(Path.Combine(home, "rootfs", "usr", "lib", "jvm"), "java", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).First(f => Path.GetFileName(Path.GetDirectoryName(f)) == "bin");
            var source = Path.Combine(Repository.Root, "tests", "Contract.Tests", "Operations", "Jobs", "Ledger.java");
            var start = new ProcessStartInfo(java, ["-m", "jdk.compiler/com.sun.tools.javac.Main", "-nowarn", "-d", classes.FullName, "-cp", libraries, source]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            if (process.ExitCode != 0) throw new InvalidOperationException($"{source} does not compile: {string.Concat(said)}");
            var fresh = jar + ".new";
            File.Delete(fresh);
            await ZipFile.CreateFromDirectoryAsync(classes.FullName, fresh);
            Open(fresh);
            File.Move(fresh, jar, true);
        }
        finally
        {
            classes.Delete(true);
        }
    }

    // The pods run as another user.
    private static void Open(string path)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Directory.Exists(path) ? (UnixFileMode)0b111_111_111 : (UnixFileMode)0b110_100_100);
    }
}

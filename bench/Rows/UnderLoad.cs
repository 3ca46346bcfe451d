using Sluice.Bench.Load;
using Sluice.Bench.Rig;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rows;

/// <summary>Many open pages and many changes: what a circuit weighs, how late a change is on screen, and what it matters to the others that one cluster is gone and one is slow.</summary>
internal static class UnderLoad
{
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(3);

    public static async Task RunAsync(Stage stage, Report report)
    {
        var (fleet, options) = (await stage.FleetAsync(), stage.Options);
        var clusters = fleet.Clusters().Select(c => (string)c!["name"]!).ToList();
        using var writer = new ClusterWriter(fleet);
        var peer = await PeerAsync(stage, writer, clusters);

        var portal = await stage.PortalAsync();
        var chromium = await stage.ChromiumAsync();
        await chromium.SignInAsync(portal.Process.Url);
        await LoadedPages.WarmUpAsync(chromium, portal.Process.Url, clusters);
        var before = await portal.Probe.CollectAsync();
        await using var pages = await LoadedPages.OpenAsync(chromium, portal.Process.Url, clusters, options.Pages);
        var names = new Dictionary<int, string> { [portal.Process.Id] = "portal", [fleet.Id] = "simulator" };
        var marks = new Marks(writer, await pages.TargetsAsync(writer));
        await fleet.ScenarioAsync("change-rate", new { rate = options.Changes });
        await using (var kubectl = new KubectlWatch(fleet, clusters[0]))
        {
            await marks.UntilSeenAsync(clusters[0], () => kubectl.Seen.Count > 0);
            var cpu = new CpuShares(names);
            await marks.WriteAsync(clusters, TimeSpan.FromSeconds(options.Seconds));
            var shares = cpu.ToString();
            var (ours, lost) = marks.Compare(await pages.SeenAsync());
            var (theirs, _) = marks.Compare([(kubectl.Cluster, kubectl.Seen)]);
            Add(report, "change-to-text", $"a change in a cluster to its text on screen, {options.Changes} changes/s, {options.Pages} pages", ours, theirs, $"{ours.Count} times, {lost} never seen; pages: {options.Pages} windows of one Chromium, ten to a renderer process, the clusters in turn; {shares}");
            report.Add(new("change-to-text-page", "the same on a plain Virtualize page, p50", Numbers.Median(peer.Changes), "ms") { Note = $"p99 {Numbers.Short(Numbers.Percentile(peer.Changes, 0.99))} ms; {peer.Shares}" });
        }

        await OutageAsync(stage, report, fleet, clusters, writer, pages);
        await fleet.ScenarioAsync("change-rate", new { rate = 0 });
        await WeighAsync(report, portal, pages, options.Pages, before, peer.CircuitMemory);
    }

    /// <summary>
    /// The heap with the pages less the heap after they have left: what the portal still learned of its jobs while they were open is in both. The heap before they came is in the
    /// note: if leaving freed nothing, it shows there.
    /// </summary>
    private static async Task WeighAsync(Report report, RunningPortal portal, LoadedPages pages, int count, MemoryReading before, double peer)
    {
        var with = await portal.Probe.CollectAsync();
        await pages.DisposeAsync();
        await Task.Delay(TimeSpan.FromSeconds(5));
        var after = await portal.Probe.CollectAsync();
        report.Add(new("circuit-memory", $"the portal's heap with {count} fleet pages open, less after they left, for each", (with.Heap - after.Heap) / 1024 / count, "KB", new("a plain Virtualize page", peer))
        {
            Budget = 500, Note = $"after full collections, at the end of the load; heap {before.Heap / 1e6:0} MB before, {with.Heap / 1e6:0} MB with, {after.Heap / 1e6:0} MB after",
        });
    }

    /// <summary>The healthy clusters with and without one that does not answer and one that is slow.</summary>
    private static async Task OutageAsync(Stage stage, Report report, SimulatorProcess fleet, List<string> clusters, ClusterWriter writer, LoadedPages pages)
    {
        if (clusters.Count < 3) return;
        var healthy = clusters[..^2];
        var targets = await pages.TargetsAsync(writer);
        var before = new Marks(writer, targets);
        await before.WriteAsync(healthy, TimeSpan.FromSeconds(stage.Options.Seconds / 2.0));
        await fleet.ScenarioAsync("partition", new { cluster = clusters[^1], seconds = Outage.TotalSeconds, how = "silent" });
        await fleet.ScenarioAsync("slow-watch", new { cluster = clusters[^2], milliseconds = 5000 });
        await Task.Delay(TimeSpan.FromSeconds(10));
        var during = new Marks(writer, targets);
        await during.WriteAsync(healthy, TimeSpan.FromSeconds(stage.Options.Seconds / 2.0));
        await fleet.ScenarioAsync("slow-watch", new { cluster = clusters[^2], milliseconds = 0 });
        // The rows after this one need all clusters.
        await fleet.ScenarioAsync("partition", new { cluster = clusters[^1], seconds = 0, how = "silent" });
        var seen = await pages.SeenAsync();
        var (with, lost) = during.Compare(seen);
        var (without, _) = before.Compare(seen);
        report.Add(new("cluster-down", "a change in a healthy cluster to its text, one cluster silent and one slow, p50", Numbers.Median(with), "ms", new("with all clusters well", Numbers.Median(without)))
        {
            MostRatio = 1.25, Note = $"{with.Count} times, {lost} never seen; p99 {Numbers.Short(Numbers.Percentile(with, 0.99))} ms with, {Numbers.Short(Numbers.Percentile(without, 0.99))} ms without",
        });
    }

    private static void Add(Report report, string id, string work, List<double> ours, List<double> theirs, string note)
    {
        const string Peer = "kubectl get -w";
        report.Add(new(id, work + ", p50", Numbers.Median(ours), "ms", new(Peer, Numbers.Median(theirs))) { Budget = 150, Note = note });
        report.Add(new(id + "-p99", "the same, p99", Numbers.Percentile(ours, 0.99), "ms", new(Peer, Numbers.Percentile(theirs, 0.99))) { Budget = 500 });
    }

    private static async Task<(double CircuitMemory, List<double> Changes, string Shares)> PeerAsync(Stage stage, ClusterWriter writer, List<string> clusters)
    {
        var (fleet, options) = (await stage.FleetAsync(), stage.Options);
        await using var peer = await PeerPage.StartAsync(fleet);
        await peer.HoldsAsync(options.Pipelines * 9 / 10);
        await LoadedPages.WarmUpAsync(await stage.ChromiumAsync(), peer.Url, clusters);
        var without = await peer.Probe.CollectAsync();
        await using var pages = await LoadedPages.OpenAsync(await stage.ChromiumAsync(), peer.Url, clusters, options.Pages);
        var with = await peer.Probe.CollectAsync();
        var marks = new Marks(writer, await pages.TargetsAsync(writer));
        await fleet.ScenarioAsync("change-rate", new { rate = options.Changes });
        var cpu = new CpuShares(new Dictionary<int, string> { [peer.Id] = "peer page", [fleet.Id] = "simulator" });
        await marks.WriteAsync(clusters, TimeSpan.FromSeconds(options.Seconds / 2.0));
        var shares = cpu.ToString();
        var (times, _) = marks.Compare(await pages.SeenAsync());
        await fleet.ScenarioAsync("change-rate", new { rate = 0 });
        return ((with.Heap - without.Heap) / 1024 / options.Pages, times, shares);
    }
}

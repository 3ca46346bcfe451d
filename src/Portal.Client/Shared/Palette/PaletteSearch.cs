using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Features.Pipelines.Detail;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Shared.Palette;

/// <summary>Puts the palette's lines together: pipelines, what can be done to them, and pages, views and commands.</summary>
public sealed class PaletteSearch(PaletteFleet fleet, IFleet rows)
{
    private const int MostPipelines = 6;
    private const int MostActions = 4;
    private const int MostOthers = 5;
    private const int LateliestLift = 120;
    private const int LiftStep = 4;

    // The first word of an action, and the action. Without one of them the usual three are offered for the best pipeline.
    private static readonly (string Word, Verb Verb)[] Verbs =
    [
        ("savepoint", Verb.Savepoint), ("suspend", Verb.Suspend), ("stop", Verb.Suspend), ("resume", Verb.Resume), ("start", Verb.Resume), ("upgrade", Verb.Upgrade), ("edit", Verb.Upgrade), ("scale", Verb.Scale),
        ("logs", Verb.Logs), ("checkpoints", Verb.Checkpoints), ("events", Verb.Events), ("exceptions", Verb.Exceptions), ("revisions", Verb.Revisions), ("operations", Verb.Operations), ("take", Verb.Savepoint),
    ];

    private static readonly Verb[] UsualVerbs = [Verb.Savepoint, Verb.Upgrade, Verb.Suspend];

    private enum Verb
    {
        Savepoint,
        Upgrade,
        Suspend,
        Resume,
        Scale,
        Logs,
        Checkpoints,
        Events,
        Exceptions,
        Revisions,
        Operations,
    }

    /// <param name="text">What was typed.</param>
    /// <param name="lately">The pages of the pipelines that were opened lately, the last one first.</param>
    /// <param name="views">The views that the person sees.</param>
    /// <param name="here">The list as it is shown now, for what changes it.</param>
    public IReadOnlyList<PaletteSection> Find(string text, IReadOnlyList<string> lately, ViewList views, FleetUrlState here)
    {
        var all = fleet.Current;
        var words = PaletteRanker.Words(text);
        var known = lately.Select(path => all.Paths.GetValueOrDefault(path, -1)).Where(at => at >= 0).Distinct().ToList();
        if (words.Length == 0)
            return Sections(("Opened lately", Rows(all, known.Take(MostPipelines)).Select(row => OfPipeline(row, []))), ("Views", OfViews(views).Take(MostOthers)), ("Pages and commands", Commands(here)));

        var lifts = known.Select((at, i) => (at, Lift: LateliestLift - i * LiftStep)).Where(l => l.Lift > 0).ToDictionary(l => l.at, l => l.Lift);
        var hits = PaletteRanker.Rank(all.Keys, words, MostPipelines, all.Weights, lifts);
        var pipelines = Rows(all, hits.Select(hit => hit.Index)).ToList();
        var (others, best) = Others(words, views, here);
        var actions = Actions(all, words, lifts, known, pipelines).ToList();
        var asked = VerbOf(words) is not null && actions.Count > 0;
        (string, IEnumerable<PaletteItem>) found = ("Pipelines", pipelines.Select(row => OfPipeline(row, words))), doing = ("Actions", actions), rest = ("Views, pages and commands", others);
        if (asked && (hits.Count == 0 || hits[0].Score < 300)) return Sections(doing, found, rest);
        return best > (hits.Count > 0 ? hits[0].Score : 0) ? Sections(rest, found, doing) : Sections(found, doing, rest);
    }

    private static IReadOnlyList<PaletteSection> Sections(params (string Title, IEnumerable<PaletteItem> Items)[] sections) =>
        [.. sections.Select(section => new PaletteSection(section.Title, [.. section.Items])).Where(section => section.Items.Count > 0)];

    private IEnumerable<PipelineRow> Rows(PaletteFleet.View all, IEnumerable<int> places) =>
        // The view may be a second old: what is gone since is left out.
        places.Select(at => rows.Current.Rows.GetValueOrDefault(all.Pipelines[at])).OfType<PipelineRow>();

    private static PaletteItem OfPipeline(PipelineRow row, string[] words)
    {
        var text = $"{row.Key.Namespace}/{row.Key.Name}";
        return new(text, "pipelines")
        {
            Href = PortalUrls.Pipeline(row.Key),
            Look = row.StaleSince is null ? StateLook.Of(row.State.Health) : FleetHealths.Look(ListedHealth.Stale),
            Note = row.Key.Resource == FlinkResource.SessionJob ? $"session job, {row.Key.Cluster}" : row.Key.Cluster,
            Marks = PaletteRanker.Marks(text, words),
        };
    }

    private IEnumerable<PaletteItem> Actions(PaletteFleet.View all, string[] words, Dictionary<int, int> lifts, List<int> known, List<PipelineRow> pipelines)
    {
        if (VerbOf(words) is not { } verb)
            return pipelines.Take(1).SelectMany(row => UsualVerbs.Select(usual => OfAction(usual, row, words))).OfType<PaletteItem>();
        string[] rest = [.. words.Skip(1).Where(word => word is not ("of" or "a" or "savepoint"))];
        var meant = rest.Length == 0 ? known : PaletteRanker.Rank(all.Keys, rest, MostPipelines * 2, all.Weights, lifts).Select(hit => hit.Index);
        return Rows(all, meant).Select(row => OfAction(verb, row, words)).OfType<PaletteItem>().Take(MostActions);
    }

    private static Verb? VerbOf(string[] words)
    {
        foreach (var (word, verb) in Verbs)
            if (words[0].Length > 1 && word.StartsWith(words[0], StringComparison.Ordinal)) return verb;
        return null;
    }

    /// <summary>Null where it makes no sense now.</summary>
    private static PaletteItem? OfAction(Verb verb, PipelineRow row, string[] words)
    {
        var name = $"{row.Key.Namespace}/{row.Key.Name}";
        var suspended = row.Resource.DesiredState == "suspended";
        var job = row.Registered && row.Kind != PipelineKind.SessionCluster && row.Operation is null;
        var item = verb switch
        {
            Verb.Savepoint when job && !suspended => Asking(OperationKind.Savepoint, $"Take a savepoint of {name}…"),
            Verb.Suspend when job && !suspended => Asking(OperationKind.Suspend, $"Suspend {name}…"),
            Verb.Resume when job && suspended => Asking(OperationKind.Resume, $"Resume {name}…"),
            Verb.Scale when job => Asking(OperationKind.Scale, $"Scale {name}…"),
            Verb.Upgrade when row.Registered && row.Key.Resource == FlinkResource.Deployment => new($"Upgrade {name}…", "upgrade") { Href = PipelineTabs.Edit(row.Key) },
            Verb.Logs => Tab("Logs", PipelineTab.Logs),
            Verb.Checkpoints => Tab("Checkpoints", PipelineTab.Checkpoints),
            Verb.Events => Tab("Events", PipelineTab.Events),
            Verb.Exceptions => Tab("Exceptions", PipelineTab.Exceptions),
            Verb.Revisions => Tab("Revisions", PipelineTab.Revisions),
            Verb.Operations => new($"Operations of {name}", "operations") { Href = PortalUrls.OperationsOf(row.Key) },
            _ => null,
        };
        return item is null ? null : item with { Note = row.Key.Cluster, Marks = PaletteRanker.Marks(item.Text, words) };

        PaletteItem Asking(OperationKind kind, string text) => new(text, Words.IconOf(kind)) { Asks = (kind, row.Key) };
        PaletteItem Tab(string of, PipelineTab tab) => new($"{of} of {name}", "right") { Href = PipelineTabs.Href(row.Key, tab) };
    }

    private static (List<PaletteItem> Items, int Best) Others(string[] words, ViewList views, FleetUrlState here)
    {
        PaletteItem[] items = [.. OfViews(views), .. Commands(here)];
        var keys = PaletteKeys.Of(Array.ConvertAll(items, item => new PaletteKey(item.Text, "", item.Note ?? "")));
        var hits = PaletteRanker.Rank(keys, words, MostOthers);
        return ([.. hits.Select(hit => items[hit.Index] with { Marks = PaletteRanker.Marks(items[hit.Index].Text, words) })], hits.Count > 0 ? hits[0].Score : 0);
    }

    private static IEnumerable<PaletteItem> OfViews(ViewList views) => views.Views.Select(view =>
        new PaletteItem(view.Name, "rows") { Href = FleetUrlState.Of(view).ToUrl(), Note = view.Team is null ? "view of mine" : $"view of team {view.Team}" });

    private static IEnumerable<PaletteItem> Commands(FleetUrlState here)
    {
        yield return new("Register a pipeline", "plus") { Href = PortalUrls.Register };
        yield return new("Pipelines", "pipelines") { Href = PortalUrls.Pipelines, Shortcut = "g p" };
        yield return new("Operations", "operations") { Href = PortalUrls.Operations, Shortcut = "g o" };
        yield return new("Clusters", "clusters") { Href = PortalUrls.Clusters, Shortcut = "g c" };
        yield return new("Settings", "settings") { Href = PortalUrls.Settings, Shortcut = "g s" };
        yield return new("Theme: system, light or dark", "theme") { Does = "theme", Shortcut = "t" };
        yield return new(here.Layout.Roomy ? "Density: dense rows" : "Density: roomy rows", "rows") { Href = here.WithLayout(here.Layout.WithRoomy(!here.Layout.Roomy)).ToUrl() };
        yield return new("Keyboard shortcuts", "help") { Does = "help", Shortcut = "?" };
        yield return new("Copy the address of this page", "link") { Does = "copy-link" };
        yield return new("Sign out", "user") { Does = "sign-out" };
    }
}

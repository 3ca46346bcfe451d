using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Shouldly;
using Sluice.Testing;
using Xunit;

namespace Sluice.Architecture.Tests;

/// <summary>How it is written: R5 to R10.</summary>
public sealed partial class RuleTests
{
    private static readonly Assembly[] Ours = [typeof(Domain.Pipelines.Pipeline).Assembly, typeof(Portal.Client.PortalClientServices).Assembly, typeof(Program).Assembly];

    [Fact]
    public void Time_InSources_ComesFromTimeProvider() => Repository.Find(Repository.Sources("src"), Clock()).ShouldBeEmpty();

    [Fact]
    public void Waiting_InSources_NeverBlocksAThread() => Repository.Find(Repository.Sources("src"), Blocking()).ShouldBeEmpty();

    [Fact]
    public void Ids_InDomain_ArePassedIn() => Repository.Find(Repository.Sources("src/Domain"), NewGuid()).ShouldBeEmpty();

    [Fact]
    public void Classes_Concrete_AreSealed()
    {
        var open = Ours.SelectMany(a => a.GetTypes())
            .Where(t => t is { IsClass: true, IsAbstract: false, IsSealed: false } && !typeof(IComponent).IsAssignableFrom(t) && t.Namespace?.StartsWith("Sluice", StringComparison.Ordinal) == true && !t.Name.Contains('<') && t.Name != "_Imports")
            .Where(t => !Ours.SelectMany(a => a.GetTypes()).Any(other => other.BaseType == t))
            .Select(t => t.FullName);

        open.ShouldBeEmpty();
    }

    [Fact]
    public void Ports_MethodsThatReturnTasks_TakeACancellationToken()
    {
        var without = typeof(Domain.Pipelines.Pipeline).Assembly.GetExportedTypes().Where(t => t.IsInterface).SelectMany(t => t.GetMethods())
            .Where(m => typeof(Task).IsAssignableFrom(m.ReturnType) || m.ReturnType.Name.StartsWith("IAsyncEnumerable", StringComparison.Ordinal))
            .Where(m => m.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken))
            .Select(m => $"{m.DeclaringType!.Name}.{m.Name}");

        without.ShouldBeEmpty();
    }

    [Fact]
    public void Pages_Routable_NeedASignedInPerson()
    {
        var pages = Ours.SelectMany(a => a.GetTypes()).Where(t => t.GetCustomAttributes<RouteAttribute>().Any()).ToList();

        pages.ShouldNotBeEmpty();
        pages.Where(p => p.GetCustomAttribute<AuthorizeAttribute>() is null || p.GetCustomAttribute<AllowAnonymousAttribute>() is not null).Select(p => p.FullName).ShouldBeEmpty();
    }

    [Fact]
    public void Components_Sources_KeepTheRulesOfRendering()
    {
        var client = Repository.Sources("src/Portal.Client").ToList();

        Repository.Find(client, ConfigureAwaitFalse()).ShouldBeEmpty();
        // Letters are heard by TypedInput alone: with @oninput a rendering for one letter takes back those that were typed meanwhile, with @bind on oninput some are lost.
        Repository.Find(client, Letters()).ShouldBeEmpty();
        Repository.Find(client.Where(f => !f.Path.StartsWith("src/Portal.Client/Shared/Formatting/", StringComparison.Ordinal)), Markup()).ShouldBeEmpty();
    }

    [Fact]
    public void Packages_Versions_StandInOnePlaceOnly()
    {
        var pinned = Repository.Projects().SelectMany(p => p.Xml.Descendants("PackageReference").Where(r => r.Attribute("Version") is not null).Select(r => $"{p.Path}: {r.Attribute("Include")}"));

        pinned.ShouldBeEmpty();
    }

    [Fact]
    public void Packages_Listed_AreAllUsed()
    {
        var used = Repository.Projects().SelectMany(p => p.Xml.Descendants("PackageReference")).Select(r => (string)r.Attribute("Include")!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var listed = XDocument.Load(Path.Combine(SharedFolder.Repository, "Directory.Packages.props")).Descendants("PackageVersion").Select(v => (string)v.Attribute("Include")!);

        // EF Core's own two are there to hold what Npgsql's provider brings at one version.
        listed.Where(l => !used.Contains(l) && !l.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bDateTime\.Today\b|\bStopwatch\.StartNew\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\bThread\.Sleep\b|\basync void\b|\.Wait\(\)|\.GetAwaiter\(\)\.GetResult\(\)")]
    private static partial Regex Blocking();

    [GeneratedRegex(@"\bGuid\.(NewGuid|CreateVersion7)\b")]
    private static partial Regex NewGuid();

    [GeneratedRegex(@"ConfigureAwait\(false\)")]
    private static partial Regex ConfigureAwaitFalse();

    [GeneratedRegex("@oninput=|:event=\"oninput\"")]
    private static partial Regex Letters();

    // To keep a piece of markup is no harm; it is made in one folder only, where every text in it is encoded.
    [GeneratedRegex(@"\(MarkupString\)|\bnew\s+MarkupString\b|\bMarkupString\b[^;]*=[^;]*\bnew\b|\.Reload\(\)")]
    private static partial Regex Markup();
}

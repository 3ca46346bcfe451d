using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Sluice.Architecture.Tests;

/// <summary>Who may know whom: R1 to R4.</summary>
public sealed partial class ArrowTests
{
    [Theory]
    [InlineData("src/Domain/Domain.csproj", "")]
    [InlineData("src/Portal.Client/Portal.Client.csproj", "Domain")]
    [InlineData("src/Portal/Portal.csproj", "Domain,Portal.Client")]
    public void Project_References_AreTheArrowsOfTheDesign(string project, string expected) =>
        string.Join(',', Repository.ProjectReferences(project)).ShouldBe(expected);

    [Fact]
    public void Simulator_NobodyInSrc_LinksIt() =>
        Repository.Projects().Where(p => p.Path.StartsWith("src/", StringComparison.Ordinal) && p.Xml.ToString().Contains("imulator", StringComparison.Ordinal)).ShouldBeEmpty();

    [Theory]
    [InlineData("Sluice.Domain", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Microsoft.Extensions.Logging", "Npgsql", "Radzen")]
    [InlineData("Sluice.Portal.Client", "Sluice.Portal,", "Microsoft.EntityFrameworkCore", "Npgsql")]
    public void Assembly_References_HoldNothingForbidden(string assembly, params string[] forbidden)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var references = metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name)).ToList();

        references.ShouldContain("System.Runtime");
        references.Where(r => forbidden.Any(f => f.EndsWith(',') ? r == f.TrimEnd(',') : r.StartsWith(f, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Fact]
    public void Http_OutsideTheGateways_IsNotUsedInDomain()
    {
        string[] gateways = ["src/Domain/Kubernetes/", "src/Domain/Flink/", "src/Domain/Prometheus/"];
        var others = Repository.Sources("src/Domain").Where(f => !gateways.Any(g => f.Path.StartsWith(g, StringComparison.Ordinal)));

        Repository.Find(others, Http()).ShouldBeEmpty();
    }

    [Fact]
    public void Pages_Sources_TalkToDomainOnly() =>
        Repository.Find(Repository.Sources("src/Portal.Client"), Backends()).ShouldBeEmpty();

    [GeneratedRegex(@"\b(HttpClient|HttpMessageHandler|SocketsHttpHandler)\b|System\.Net\.Http\b")]
    private static partial Regex Http();

    [GeneratedRegex(@"\bHttpClient\b|\bDbContext\b|\bNpgsql\b|Sluice\.Portal\.(Stores|Auth|Api|Workers|Configuration)\b")]
    private static partial Regex Backends();
}

using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Api;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Client.Features.Pipelines.Views;
using Xunit;

namespace Sluice.Portal.Tests.Api;

/// <summary>The list as CSV.</summary>
public sealed class CsvTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    private const string Address = "/api/v1/pipelines.csv";

    [Theory]
    [InlineData(null, "")]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"no\"", "\"say \"\"no\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@sum", "'@sum")]
    [InlineData("\tx", "'\tx")]
    [InlineData("مرحبا 💥", "مرحبا 💥")]
    public void OfText_AnyText_IsOneCellAndNoFormula(string? text, string expected) => CsvText.OfText(text).ShouldBe(expected);

    [Fact]
    public void Columns_OfThePage_AllExistInTheExport()
    {
        var all = FleetUrlState.Default.WithLayout(Enum.GetValues<FleetColumn>().Aggregate(FleetTableLayout.Default, (layout, column) => layout.Shows(column) ? layout : layout.Toggle(column)));
        var names = FleetCsv.Href(all).Split("cols=")[1].Split('&')[0].Split(',');

        CsvColumns.Choose(names, out var unknown).Count.ShouldBe(Enum.GetValues<FleetColumn>().Length + 1);
        unknown.ShouldBeEmpty();
    }

    [Fact]
    public async Task Export_WithFiltersOrderAndColumns_HoldsTheSameRowsAsTheList()
    {
        await using var host = Host(
            Row("orders", "=cmd|'/c calc'!A1, \"x\"", HealthState.Failed),
            Row("rides", null, HealthState.Healthy),
            Row("totals", "two\nlines", HealthState.Failed));
        using var client = host.WithToken();

        using var answer = await client.GetAsync($"{Address}?health=failed&sort=-name&cols=name:320,health,cause,createdAt,staleSince&rows=roomy", Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        answer.Content.Headers.ContentDisposition!.FileName!.ShouldStartWith("pipelines-");
        (await answer.Content.ReadAsStringAsync(Token)).ShouldBe(
            "name,health,cause,createdAt,staleSince\r\n" +
            "totals,failed,\"two\nlines\",2026-01-02T03:04:05.000Z,\r\n" +
            "orders,failed,\"'=cmd|'/c calc'!A1, \"\"x\"\"\",2026-01-02T03:04:05.000Z,\r\n");
    }

    [Fact]
    public async Task Export_WithMark_BeginsWithItAndElseDoesNot()
    {
        await using var host = Host(Row("orders", null, HealthState.Healthy));
        using var client = host.WithToken();

        (await client.GetByteArrayAsync(Address + "?bom=true", Token))[..3].ShouldBe(Encoding.UTF8.GetPreamble());
        (await client.GetStringAsync(Address, Token)).ShouldStartWith("cluster,namespace,name,");
    }

    [Theory]
    [InlineData("helth=failed", "helth")]
    [InlineData("health=bad", "health=bad")]
    [InlineData("cols=name,colour", "colour")]
    [InlineData("cols=", "names no column")]
    [InlineData("bom=maybe", "bom")]
    public async Task Export_WithWhatMakesNoSense_IsRefusedByName(string query, string named)
    {
        await using var host = Host(Row("orders", null, HealthState.Healthy));
        using var client = host.WithToken();

        using var answer = await client.GetAsync($"{Address}?{query}", Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync(Token)).ShouldContain(named);
    }

    [Fact]
    public async Task Export_OfTwentyThousand_ArrivesWhole()
    {
        await using var host = Host([.. Enumerable.Range(0, 20_000).Select(i => Row($"job-{i:00000}", "cause " + i, HealthState.Degraded))]);
        using var client = host.WithToken();

        using var answer = await client.GetAsync(Address + "?sort=name", HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(Token) is { } line) lines.Add(line);

        answer.Content.Headers.ContentLength.ShouldBeNull();
        lines.Count.ShouldBe(20_001);
        lines[^1].ShouldContain("job-19999,");
        lines.All(line => line.Count(c => c == ',') == lines[0].Count(c => c == ',')).ShouldBeTrue();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PortalHost Host(params PipelineRow[] rows) => new(database.ConnectionString, services: services => services.AddSingleton<IFleet>(new Still(rows)));

    private static PipelineRow Row(string name, string? cause, HealthState health) => new()
    {
        Key = new PipelineKey("west", "payments", name),
        Kind = PipelineKind.FlinkJar,
        State = new PipelineState(SyncState.InSync, health, PipelinePhase.None, cause),
        Resource = new FlinkResourceRecord { ObjectKey = new ObjectKey("payments", name), Uid = name, ResourceVersion = "1", Resource = FlinkResource.Deployment, CreatedAt = new DateTimeOffset(2026, 1, 2, 4, 4, 5, TimeSpan.FromHours(1)) },
    };

    /// <summary>A fleet in which nothing happens.</summary>
    private sealed class Still(PipelineRow[] rows) : IFleet
    {
        public FleetSnapshot Current { get; } = new(1, rows.ToImmutableDictionary(row => row.Key), ImmutableDictionary<string, ReflectorState>.Empty);

        public async IAsyncEnumerable<FleetChange> ChangesAsync(TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new FleetChange(Current, Current.Rows.Keys.ToHashSet(), true);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}

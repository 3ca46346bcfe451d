using Shouldly;
using Sluice.Portal.Client.Shared.Palette;
using Xunit;

namespace Sluice.Portal.Client.Tests.Palette;

public sealed class PaletteRankerTests
{
    private static readonly PaletteKey[] Some =
    [
        new("fraud-scores-v3", "payments", "eu-west-1"), new("fraud-scores-v2", "payments", "eu-west-1"), new("fraud-rings-graph", "risk", "us-west-2"),
        new("click-fraud-filter", "ads", "us-east-2"), new("chargeback-features", "fraud", "eu-central-1"), new("defrauded", "legal", "eu-west-1"),
        new("fraud", "old", "eu-west-1"), new("orders", "payments", "ap-south-1"),
    ];

    [Theory]
    [InlineData("fraud", "old/fraud payments/fraud-scores-v3 payments/fraud-scores-v2 risk/fraud-rings-graph fraud/chargeback-features ads/click-fraud-filter legal/defrauded")]
    [InlineData("fsv3", "payments/fraud-scores-v3")]
    [InlineData("fs", "payments/fraud-scores-v3 payments/fraud-scores-v2")]
    [InlineData("cff", "ads/click-fraud-filter")]
    [InlineData("payments/fraud", "payments/fraud-scores-v3 payments/fraud-scores-v2")]
    [InlineData("FRAUD us-west", "risk/fraud-rings-graph")]
    [InlineData("ordrs", "payments/orders")]
    [InlineData("nothing like it", "")]
    public void Rank_Letters_BestFirst(string typed, string expected)
    {
        var best = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // Fewer than asked for: letters that lie scattered come after these.
        Found(typed).Take(Math.Max(1, best.Length)).ShouldBe(best, customMessage: typed);
    }

    [Fact]
    public void Rank_EqualMatches_TheWorstFirst()
    {
        var weights = new byte[Some.Length];
        weights[1] = 7;

        Found("fraud-scores", weights)[0].ShouldBe("payments/fraud-scores-v2");
    }

    [Fact]
    public void Rank_OpenedLately_ComesBeforeItsLike()
    {
        var found = PaletteRanker.Rank(PaletteKeys.Of(Some), ["fraud"], 3, lately: new Dictionary<int, int> { [1] = 100 });

        found[0].Index.ShouldBe(6, "a whole name is still better");
        found[1].Index.ShouldBe(1);
    }

    [Fact]
    public void Rank_MoreThanWanted_IsTheBestOfAll()
    {
        var keys = PaletteKeys.Of([.. Enumerable.Range(0, 2000).Select(i => new PaletteKey($"a-job-{i}", "team")), new PaletteKey("job", "team")]);

        var found = PaletteRanker.Rank(keys, ["job"], 5);

        found.Count.ShouldBe(5);
        found[0].Index.ShouldBe(2000);
    }

    [Theory]
    [InlineData("مراقبة", "مراقبة")]
    [InlineData("💥", "💥 boom")]
    [InlineData("<b>", "<b>bold</b>")]
    public void Rank_AnyScript_IsFound(string typed, string name) => PaletteRanker.Rank(PaletteKeys.Of([new("other"), new(name)]), PaletteRanker.Words(typed), 3).Single().Index.ShouldBe(1);

    [Theory]
    [InlineData("payments/fraud-scores-v3", "fraud", "fraud")]
    [InlineData("payments/fraud-scores-v3", "fsv", "f,s,v")]
    [InlineData("payments/fraud-scores-v3", "pay sco", "pay,sco")]
    [InlineData("ads/click-fraud-filter", "eu", "")]
    public void Marks_Words_NameWhyItWasFound(string text, string typed, string expected) =>
        string.Join(',', PaletteRanker.Marks(text, PaletteRanker.Words(typed)).Select(range => text[range])).ShouldBe(expected);

    private static List<string> Found(string typed, byte[]? weights = null) =>
        [.. PaletteRanker.Rank(PaletteKeys.Of(Some), PaletteRanker.Words(typed), Some.Length, weights).Select(hit => $"{Some[hit.Index].Before}/{Some[hit.Index].Name}")];
}

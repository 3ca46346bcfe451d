using Shouldly;
using Sluice.Portal.Client.Shared.Formatting;
using Xunit;

namespace Sluice.Portal.Client.Tests.Shared;

public sealed class MarkupWriterTests
{
    private readonly MarkupWriter _write = new();

    [Fact]
    public void Text_AndValues_AreEncoded()
    {
        _write.Open("td", "a\"b").With("title", "<x onload=\"y\"> & 'z'").Text("<script>alert(1)</script>").Close();

        var html = _write.Take().Value;

        html.ShouldBe("<td class=\"a&quot;b\" title=\"&lt;x onload=&quot;y&quot;&gt; &amp; &#x27;z&#x27;\">&lt;script&gt;alert(1)&lt;/script&gt;</td>");
    }

    [Fact]
    public void With_WithoutValue_WritesNothing() => _write.Open("td", null).With("title", "").With("data-l", null).Close().Take().Value.ShouldBe("<td></td>");

    [Fact]
    public void Text_OfManyScripts_StaysReadable() => _write.Text("שלום naïve 数据").Take().Value.ShouldBe("שלום naïve 数据");

    [Fact]
    public void With_AfterContent_IsRefused() => Should.Throw<InvalidOperationException>(() => _write.Open("td").Text("x").With("title", "late"));

    [Fact]
    public void Take_WithAnOpenElement_IsRefused()
    {
        _write.Open("td").Text("x");

        Should.Throw<InvalidOperationException>(() => _write.Take());
    }

    [Fact]
    public void Take_Twice_GivesEachPieceOnce()
    {
        _write.Open("b").Text("1").Close().Take().Value.ShouldBe("<b>1</b>");
        _write.Take().Value.ShouldBeEmpty();
    }
}

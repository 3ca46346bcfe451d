using Shouldly;
using Sluice.Portal.Client.Shared.Formatting;
using Xunit;

namespace Sluice.Portal.Client.Tests.Shared;

public sealed class UnifiedDiffTests
{
    [Fact]
    public void Read_Hunk_NumbersBothSides()
    {
        var lines = UnifiedDiff.Read("--- a\n+++ b\n@@ -7,3 +9,3 @@\n spec:\n-  image: x:1\n+  image: x:2\n   job:\n").ToList();

        lines.Select(line => (line.Class, line.Number.Trim(), line.Text)).ShouldBe(
        [
            ("skip-lines", "", "…"),
            ("", "9", "spec:"),
            ("del", "8", "  image: x:1"),
            ("add", "10", "  image: x:2"),
            ("", "11", "  job:"),
        ]);
    }

    [Fact]
    public void Read_LineThatLooksLikeAHead_IsKeptInsideAHunk() =>
        UnifiedDiff.Read("@@ -1 +1 @@\n---- a list\n+--- b").Select(line => line.Sign + line.Text).ShouldBe(["…", "---- a list", "+--- b"]);

    [Theory]
    [InlineData("@@")]
    [InlineData("@@ - + @@")]
    [InlineData("@@ -99999999999999999999 +1 @@")]
    [InlineData("")]
    public void Read_BrokenHead_DoesNotThrow(string diff) => UnifiedDiff.Read(diff + "\n text").Last().Text.ShouldBe("text");
}

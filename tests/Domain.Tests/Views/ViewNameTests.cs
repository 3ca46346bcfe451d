using Shouldly;
using Sluice.Domain.Views;
using Xunit;

namespace Sluice.Domain.Tests.Views;

public sealed class ViewNameTests
{
    [Theory]
    [InlineData("On call", "On call")]
    [InlineData("  padded\u00A0", "padded")]
    [InlineData("<script>alert(1)</script>", "<script>alert(1)</script>")]
    [InlineData("👩‍👩‍👧 family 🇨🇭", "👩‍👩‍👧 family 🇨🇭")]
    [InlineData("مراقبة", "مراقبة")]
    public void Clean_AnyScript_IsKeptAsText(string text, string expected) => ViewName.Clean(text).ShouldBe(expected);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t ")]
    [InlineData("\u200B\u200D")]
    [InlineData("two\nlines")]
    [InlineData("nul\0")]
    [InlineData("turned\u202Earound")]
    [InlineData("isolated\u2067here")]
    public void Clean_NoName_IsRefusedForTheField(string? text)
    {
        var refused = Should.Throw<ViewRefusedException>(() => ViewName.Clean(text));

        (refused.Reason, refused.Field).ShouldBe((ViewRefusal.Invalid, "name"));
    }

    [Fact]
    public void Clean_HalfACharacter_IsRefused() => Should.Throw<ViewRefusedException>(() => ViewName.Clean("a" + '\uD83D'));

    [Fact]
    public void Clean_Length_CountsWhatPeopleCount()
    {
        ViewName.Clean(string.Concat(Enumerable.Repeat("👍🏽", ViewName.Longest))).ShouldNotBeNull();
        Should.Throw<ViewRefusedException>(() => ViewName.Clean(new string('a', ViewName.Longest + 1))).Message.ShouldContain("80");
        Should.Throw<ViewRefusedException>(() => ViewName.Clean("a" + new string('\u0301', 5000)));
    }

    [Theory]
    [InlineData("Orders", "ORDERS", true)]
    [InlineData("ÉTÉ", "été", true)]
    [InlineData("orders", "order", false)]
    public void KeyOf_SameForPeople_IsTheSame(string one, string other, bool same) => (ViewName.KeyOf(one) == ViewName.KeyOf(other)).ShouldBe(same);
}

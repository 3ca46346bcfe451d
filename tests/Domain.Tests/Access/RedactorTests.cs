using Shouldly;
using Sluice.Domain.Access;
using Xunit;

namespace Sluice.Domain.Tests.Access;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("password: hunter2", "password: ••••••")]
    [InlineData("s3.secret-key=AKIA/abc+def", "s3.secret-key=••••••")]
    [InlineData("""{"fs.s3a.access.key":"AKIAXYZ","a":"b"}""", """{"fs.s3a.access.key":"••••••","a":"b"}""")]
    [InlineData("""{"spec":"{\"db.password\":\"hunter2\",\"x\":1}"}""", """{"spec":"{\"db.password\":\"••••••\",\"x\":1}"}""")]
    [InlineData("jdbc://user:pw@db/x and http://10.0.0.1/y", "jdbc://••••••@db/x and http://10.0.0.1/y")]
    [InlineData("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ••••••")]
    [InlineData("--db-password hunter2 --rate 5", "--db-password •••••• --rate 5")]
    [InlineData("[\"--token\", \"abc\"]", "[\"--token\", \"••••••\"]")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123", "••••••")]
    public void Redact_Secret_IsMasked(string text, string expected) => Redactor.Redact(text).ShouldBe(expected);

    [Theory]
    [InlineData("kubernetes.secrets: 'tls:/opt/tls'")]
    [InlineData("secretName: db-credentials-ref")]
    [InlineData("security.delegation.tokens.enabled: true")]
    [InlineData("password: ${DB_PASSWORD}")]
    [InlineData("java.lang.IllegalStateException: order 3000 has no customer\n\tat samples.OrderTotals.lambda$main$6aee8442$1(OrderTotals.java:37)")]
    public void Redact_NoSecret_StaysAsItIs(string text) => Redactor.Redact(text).ShouldBe(text);

    [Fact]
    public void Redact_Twice_IsTheSame() => Redactor.Redact(Redactor.Redact("password=abc token: def")).ShouldBe(Redactor.Redact("password=abc token: def"));
}

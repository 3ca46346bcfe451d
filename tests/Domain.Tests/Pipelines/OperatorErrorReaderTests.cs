using System.Text.Json;
using Shouldly;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class OperatorErrorReaderTests
{
    [Fact]
    public void Read_PodReason_KeepsReasonAndMessage()
    {
        var error = Read("""{"type":"org.apache.flink.kubernetes.operator.exception.DeploymentFailedException","message":"Back-off pulling image \"x:none\"","additionalMetadata":{"reason":"ImagePullBackOff"},"throwableList":[]}""");

        error.ShouldBe(new OperatorError("DeploymentFailedException", "Back-off pulling image \"x:none\"", "ImagePullBackOff"));
    }

    [Fact]
    public void Read_MainThrew_GivesInnermostThrowable()
    {
        var error = Read("""{"type":"org.apache.flink.util.SerializedThrowable","message":"org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: For input string: \"many\"","additionalMetadata":{},"throwableList":[{"type":"org.apache.flink.util.SerializedThrowable","message":"java.lang.NumberFormatException: For input string: \"many\"","additionalMetadata":{}}]}""");

        error.MainThrew.ShouldBeTrue();
        error.Message.ShouldBe("NumberFormatException: For input string: \"many\"");
    }

    [Fact]
    public void Read_WrappedInExceptions_ShowsFirstLineBehindTheWrappers()
    {
        var error = Read("""{"type":"a.ReconciliationException","message":"a.b.ReconciliationException: java.util.concurrent.ExecutionException: org.apache.x.RestClientException: [org.apache.y.RestHandlerException: Checkpointing has not been enabled.\n\tat org.apache.z"}""");

        error.Message.ShouldBe("Checkpointing has not been enabled.");
    }

    [Theory]
    [InlineData("Job Not Found")]
    [InlineData("{not json at all")]
    [InlineData("<html>503</html>")]
    public void Read_PlainText_KeepsIt(string text)
    {
        var error = Read(text);

        error.Type.ShouldBeNull();
        error.Message.ShouldBe(text);
    }

    [Fact]
    public void Read_CutOffJson_KeepsTypeAndLastMessage()
    {
        var error = Read("""{"type":"org.x.ReconciliationException","message":"outer","throwableList":[{"type":"a","message":"the pod \"x\" was refused: quota exceed""");

        error.Type.ShouldBe("ReconciliationException");
        error.Message.ShouldBe("the pod \"x\" was refused: quota exceed");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\"  \"")]
    [InlineData("7")]
    [InlineData("[]")]
    public void Read_NothingInIt_GivesNull(string json) => OperatorErrorReader.Read(JsonDocument.Parse(json).RootElement).ShouldBeNull();

    [Fact]
    public void Read_JsonNull_GivesNull() => OperatorErrorReader.Read(default).ShouldBeNull();

    [Fact]
    public void Read_EmptyJsonObject_SaysThereIsNoMessage() => Read("{}").Message.ShouldNotBeNullOrWhiteSpace();

    private static OperatorError Read(string error) => OperatorErrorReader.Read(JsonSerializer.SerializeToElement(error)).ShouldNotBeNull();
}

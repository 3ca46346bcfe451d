namespace Sluice.Domain.Pipelines;

/// <summary>Puts the operator's words into those that fit a table cell.</summary>
internal static class PipelineCauses
{
    private const int Longest = 160;

    /// <summary>1.7 cannot read the checkpoints of a job that failed before it was one, and says that instead.</summary>
    public static bool HidesFailedStart(OperatorError error) => error.Message.Contains("Checkpointing has not been enabled", StringComparison.Ordinal);

    /// <summary>True where the error speaks of a pod, which the state of the JobManager then confirms.</summary>
    public static bool IsOfPod(OperatorError error) => error.Reason is not null;

    public static string Of(OperatorError error)
    {
        if (error.MainThrew) return Fit("main() throws " + error.Message);
        if (HidesFailedStart(error)) return "Job fails at start; its exceptions say why";
        return error.Reason switch
        {
            "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" => "Image cannot be pulled",
            "CrashLoopBackOff" => "JobManager ends right after its start",
            "OOMKilled" => "JobManager was killed for lack of memory",
            "CreateContainerConfigError" => "A secret or config map of the pod is missing",
            "RunContainerError" => "Container cannot be started",
            "FailedCreate" => Fit("Pods are refused: " + error.Message),
            "FailedMount" => "A volume cannot be mounted",
            _ => Fit(error.Message),
        };
    }

    public static string Fit(string text) => text.Length <= Longest ? text : LenientJson.Clip(text, Longest - 1).TrimEnd() + "…";
}

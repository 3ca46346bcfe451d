namespace Sluice.Portal.Workers;

/// <summary>Names of ours from names that may hold anything, such as the contexts of a kubeconfig.</summary>
public static class ClusterNames
{
    /// <summary>The context in small letters with '-' for what cannot stand in a URL, for example <c>arn:aws:eks:eu-1:1:cluster/prod</c> becomes <c>arn-aws-eks-eu-1-1-cluster-prod</c>.</summary>
    public static string FromContext(string context)
    {
        var label = string.Join('-', string.Concat(context.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Split('-', StringSplitOptions.RemoveEmptyEntries));
        if (label.Length > 63) label = label[^63..].Trim('-');
        return label.Length == 0 ? "cluster" : label;
    }
}

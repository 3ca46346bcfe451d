namespace Sluice.Domain.Views;

/// <summary>Why a view was not kept or changed.</summary>
public enum ViewRefusal
{
    /// <summary>Something in it cannot be right.</summary>
    Invalid,

    /// <summary>The person or team has a view of that name.</summary>
    NameTaken,

    /// <summary>The person or team has as many as it may have.</summary>
    TooMany,

    /// <summary>Someone changed it in the meantime.</summary>
    Changed,

    /// <summary>There is none of that id, or it is someone else's.</summary>
    Unknown,
}

/// <summary>A view that was not kept or changed. The message says what to do.</summary>
public sealed class ViewRefusedException(ViewRefusal reason, string field, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public ViewRefusal Reason { get; } = reason;

    /// <summary>The field to correct: <c>name</c>, <c>team</c>, <c>query</c>, <c>version</c> or <c>id</c>.</summary>
    public string Field { get; } = field;
}

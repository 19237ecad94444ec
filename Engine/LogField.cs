namespace Epollsrv.Engine;

/// <summary>A named value beside the message of a log event: a member of its object in the JSON format.</summary>
internal readonly struct LogField
{
    /// <summary>A text; null: the field is left out.</summary>
    public LogField(string name, string? text)
    {
        Name = name;
        Text = text;
    }

    /// <summary>A number.</summary>
    public LogField(string name, long number)
    {
        Name = name;
        Number = number;
        IsNumber = true;
    }

    /// <summary>Lower-case ASCII letters and underscores.</summary>
    public string Name { get; }

    /// <summary>The text.</summary>
    public string? Text { get; }

    /// <summary>The number, if <see cref="IsNumber"/>.</summary>
    public long Number { get; }

    /// <summary>Whether the value is <see cref="Number"/>.</summary>
    public bool IsNumber { get; }
}

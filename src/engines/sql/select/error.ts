/**
 * The error codes of S3 Select with the texts that AWS documents ("List of SELECT Object Content Error Codes", Amazon S3 API Reference).
 * A code that AWS lists and that nothing here can cause is left out.
 */
const MESSAGES = {
  Busy: 'The service is unavailable. Try again later.',
  AmbiguousFieldName:
    'Field name matches to multiple fields in the file. Check the SQL expression and the file, and try again.',
  CastFailed: 'Attempt to convert from one data type to another using CAST failed in the SQL expression.',
  ColumnTooLong: 'The length of a column in the result is greater than maxCharsPerColumn of 1 MB.',
  CSVEscapingRecordDelimiter:
    "A quoted record delimiter was found in the file. To allow quoted record delimiters, set AllowQuotedRecordDelimiter to 'TRUE'.",
  CSVParsingError: 'Encountered an error parsing the CSV file. Check the file and try again.',
  CSVUnescapedQuote:
    "An unescaped quote was found while parsing the CSV file. To allow quoted record delimiters, set AllowQuotedRecordDelimiter to 'TRUE'.",
  EvaluatorBindingDoesNotExist: 'A column name or a path provided does not exist in the SQL expression.',
  EvaluatorInvalidArguments: 'Incorrect number of arguments in the function call in the SQL expression.',
  EvaluatorInvalidTimestampFormatPattern: 'Time stamp format pattern is invalid in the SQL expression.',
  EvaluatorInvalidTimestampFormatPatternSymbol:
    'Time stamp format pattern contains an invalid symbol in the SQL expression.',
  EvaluatorLikePatternInvalidEscapeSequence:
    'Invalid escape sequence in the pattern of the LIKE clause in the SQL expression.',
  EvaluatorNegativeLimit: 'LIMIT must not be negative.',
  EvaluatorUnterminatedTimestampFormatPatternToken:
    'Time stamp format pattern contains unterminated token in the SQL expression.',
  ExpressionTooLong: 'The SQL expression is too long: The maximum byte-length for the SQL expression is 256 KB.',
  ExternalEvalException: 'The query cannot be evaluated. Check the file and try again.',
  IllegalSqlFunctionArgument: 'Illegal argument was used in the SQL function.',
  IncorrectSqlFunctionArgumentType: 'Incorrect type of arguments in function call in the SQL expression.',
  IntegerOverflow: 'Int overflow or underflow in the SQL expression.',
  InvalidColumnIndex: 'The column index in the SQL expression is invalid.',
  InvalidCompressionFormat: 'The file is not in a supported compression format. Only GZIP and BZIP2 are supported.',
  InvalidDataSource: 'Invalid data source type. Only CSV, JSON, and Parquet are supported.',
  InvalidFileHeaderInfo: 'The FileHeaderInfo is invalid. Only NONE, USE, and IGNORE are supported.',
  InvalidJsonType: 'The JsonType is invalid. Only DOCUMENT and LINES are supported.',
  InvalidKeyPath: 'Key path in the SQL expression is invalid.',
  InvalidQuoteFields: 'The QuoteFields is invalid. Only ALWAYS and ASNEEDED are supported.',
  InvalidRequestParameter:
    'The value of a parameter in SelectRequest element is invalid. Check the service API documentation and try again.',
  InvalidScanRange: 'The provided scan range is invalid. Check the service API documentation and try again.',
  InvalidTextEncoding: 'Invalid encoding type. Only UTF-8 encoding is supported.',
  JSONParsingError: 'Encountered an error parsing the JSON file. Check the file and try again.',
  LexerInvalidChar: 'The SQL expression contains an invalid character.',
  LexerInvalidIONLiteral: 'The SQL expression contains an invalid ION literal.',
  LexerInvalidLiteral: 'The SQL expression contains an invalid literal.',
  LexerInvalidOperator: 'The SQL expression contains an invalid literal.',
  LikeInvalidInputs: 'Invalid argument given to the LIKE clause in the SQL expression.',
  MissingHeaders: 'Some headers in the query are missing from the file. Check the file and try again.',
  NumberFormatError: 'Error parsing a number in the SQL expression.',
  OverMaxColumn: 'The number of columns in the result is greater than the maximum allowable number of columns.',
  OverMaxRecordSize: 'The length of a record in the input or result is greater than maxCharsPerRecord of 1 MB.',
  ParquetParsingError: 'Error parsing Parquet file. Please check the file and try again.',
  ParseAsteriskIsNotAloneInSelectList:
    'Other expressions are not allowed in the SELECT list when * is used without dot notation in the SQL expression.',
  ParseCastArity: 'CAST has incorrect arity in the SQL expression.',
  ParseEmptySelect: 'The SQL expression contains an empty SELECT.',
  ParseExpectedDatePart: 'Did not find the expected date part in the SQL expression.',
  ParseExpectedExpression: 'Did not find the expected SQL expression.',
  ParseExpectedIdentForAlias: 'Did not find the expected identifier for the alias in the SQL expression.',
  ParseExpectedKeyword: 'Did not find the expected keyword in the SQL expression.',
  ParseExpectedLeftParenAfterCast: 'Did not find expected the left parenthesis after CAST in the SQL expression.',
  ParseExpectedLeftParenBuiltinFunctionCall: 'Did not find the expected left parenthesis in the SQL expression.',
  ParseExpectedMember: 'The SQL expression contains an unsupported use of MEMBER.',
  ParseExpectedNumber: 'Did not find the expected number in the SQL expression.',
  ParseExpectedRightParenBuiltinFunctionCall:
    'Did not find the expected right parenthesis character in the SQL expression.',
  ParseExpectedTokenType: 'Did not find the expected token in the SQL expression.',
  ParseExpectedTypeName: 'Did not find the expected type name in the SQL expression.',
  ParseExpectedWhenClause: 'Did not find the expected WHEN clause in the SQL expression. CASE is not supported.',
  ParseInvalidContextForWildcardInSelectList: 'Invalid use of * in SELECT list in the SQL expression.',
  ParseInvalidPathComponent: 'The SQL expression contains an invalid path component.',
  ParseInvalidTypeParam: 'The SQL expression contains an invalid parameter value.',
  ParseNonUnaryAgregateFunctionCall: 'Only one argument is supported for aggregate functions in the SQL expression.',
  ParseSelectMissingFrom: 'Missing FROM after SELECT list in the SQL expression.',
  ParseUnexpectedKeyword: 'The SQL expression contains an unexpected keyword.',
  ParseUnexpectedOperator: 'The SQL expression contains an unexpected operator.',
  ParseUnexpectedTerm: 'The SQL expression contains an unexpected term.',
  ParseUnexpectedToken: 'The SQL expression contains an unexpected token.',
  ParseUnsupportedCallWithStar: 'Only COUNT with (*) as a parameter is supported in the SQL expression.',
  ParseUnsupportedSelect: 'The SQL expression contains an unsupported use of SELECT.',
  ParseUnsupportedSyntax: 'The SQL expression contains unsupported syntax.',
  TruncatedInput:
    'Object decompression failed. Check that the object is properly compressed using the format specified in the request.',
  UnsupportedFunction: 'Encountered an unsupported SQL function.',
  UnsupportedParquetType: 'The specified Parquet type is not supported.',
  UnsupportedScanRangeInput: 'Scan range queries are not supported on this type of object.',
  UnsupportedSqlStructure: 'Encountered an unsupported SQL structure. Check the SQL Reference.',
  ValueParseFailure: 'Time stamp parse failure in the SQL expression.',
} as const;

export type SelectErrorCode = keyof typeof MESSAGES;

/**
 * An error of an S3 Select request, in its expression or in the object. `message` starts with AWS's text for the code; what follows says
 * where and why.
 */
export class SelectError extends Error {
  override readonly name = 'SelectError';
  readonly code: SelectErrorCode;

  constructor(code: SelectErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? MESSAGES[code] : `${MESSAGES[code]} ${detail}`, options);
    this.code = code;
  }

  /** The error that another thread threw. */
  static revive(code: SelectErrorCode, message: string): SelectError {
    const error = new SelectError(code);
    error.message = message;
    return error;
  }
}

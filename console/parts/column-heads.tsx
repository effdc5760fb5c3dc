// The first row of a table: what its columns are.

type ColumnHeadsProps = {
  columns: readonly string[];
  /** Of a last column of buttons, which say themselves what they are: its name is heard and not seen. */
  actions?: string;
};

export function ColumnHeads({ columns, actions }: ColumnHeadsProps) {
  return (
    <tr>
      {columns.map((column) => (
        <th key={column} scope="col">
          {column}
        </th>
      ))}
      {actions !== undefined && (
        <th scope="col">
          <span class="sr-only">{actions}</span>
        </th>
      )}
    </tr>
  );
}

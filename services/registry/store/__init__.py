"""What the registry keeps: typed functions over named SQL, a module and its `.sql` per noun. They decide nothing."""
